//! The lines of a made-up log: what happens, and how it is written.

use std::fmt::Write;

use super::Random;

/// How the lines of a log are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// The monitoring page's formatter and wording: nine keys, some optional.
    Page,
    /// The real server's seven keys and wording, with uvicorn's lines.
    Server,
    /// Both, in turns of a few lines, and the page's without spaces.
    Mixed,
    /// The page's keys in any order.
    Shuffled,
    /// The page's without spaces, as `jq -c` writes it.
    Compact,
}

impl Layout {
    /// All layouts with their names.
    pub(crate) const ALL: [(Layout, &'static str); 5] = [
        (Layout::Page, "page"),
        (Layout::Server, "server"),
        (Layout::Mixed, "mixed"),
        (Layout::Shuffled, "shuffled"),
        (Layout::Compact, "compact"),
    ];
}

/// What one line tells.
struct Told {
    level: &'static str,
    logger: &'static str,
    module: &'static str,
    function: &'static str,
    message: String,
    exception: Option<String>,
    client: Option<String>,
    session: Option<String>,
}

/// The lines of one log, one after the other.
pub(crate) struct Lines {
    layout: Layout,
    random: Random,
    /// Orders keys, apart from what happens: each layout of the page tells the same.
    order: Random,
    /// Microseconds since 2026-11-22T00:00:00.
    now: u64,
    open: Vec<(String, u64)>,
    /// Whether each client is online.
    online: Vec<bool>,
    /// What a turn of the mixed layout writes now, and for how many lines more.
    turn: (Layout, u64),
}

const CLIENTS: u64 = 400;

impl Lines {
    pub(crate) fn new(layout: Layout) -> Lines {
        let turn = (Layout::Page, 0);
        // The log begins in the middle: half of the clients are there.
        let online = (0..CLIENTS).map(|number| number % 2 == 0).collect();
        let (random, order) = (Random::new(42), Random::new(7));
        Lines { layout, random, order, now: 0, open: Vec::new(), online, turn }
    }

    /// Appends the next line, without its end.
    pub(crate) fn next(&mut self, line: &mut String) {
        self.now += 1 + self.random.below(60_000);
        let layout = self.turn();
        let told = if layout == Layout::Server { self.server() } else { self.page() };
        let start = line.len();
        self.record(layout, &told, line);
        if self.random.below(100) == 0 {
            self.spoil(start, line);
        }
    }

    fn turn(&mut self) -> Layout {
        if self.layout != Layout::Mixed {
            return self.layout;
        }
        if self.turn.1 == 0 {
            let layouts = [Layout::Page, Layout::Server, Layout::Compact];
            self.turn = (layouts[self.random.below(3) as usize], 1 + self.random.below(12));
        }
        self.turn.1 -= 1;
        self.turn.0
    }

    /// Breaks a line: cut short, or a character too much.
    fn spoil(&mut self, start: usize, line: &mut String) {
        if self.random.below(2) == 0 {
            let cut = start + (line.len() - start) / 2;
            line.truncate(line.floor_char_boundary(cut));
        } else {
            line.push('}');
        }
    }

    fn client(&mut self) -> (usize, String) {
        let number = self.random.below(CLIENTS) as usize;
        (number, format!("device_linux_{number:03}"))
    }

    fn page(&mut self) -> Told {
        let (number, client) = self.client();
        let known = |message, level, client: Option<String>, session| Told {
            level,
            logger: "ufo.server.services.session_manager",
            module: "session_manager",
            function: "execute_task_async",
            message,
            exception: None,
            client,
            session,
        };
        match self.random.below(100) {
            0..9 => {
                let session = self.random.uuid();
                self.open.push((session.clone(), self.now));
                let task = self.random.below(100_000);
                let message =
                    format!("[Session] Created session {session} for task: collect report {task}");
                known(message, "INFO", Some(client), Some(session))
            }
            9..18 if !self.open.is_empty() => {
                let at = self.random.below(self.open.len() as u64) as usize;
                let (session, _) = self.open.swap_remove(at);
                let (message, level) = match self.random.below(20) {
                    0 => (
                        format!("[Session] Task cancelled: {session} (reason: timeout)"),
                        "WARNING",
                    ),
                    1 => (format!("[Session] Task execution failed: {session}"), "ERROR"),
                    _ => (format!("[Session] Task completed: {session}"), "INFO"),
                };
                let mut told = known(message, level, Some(client), Some(session));
                told.exception = (level == "ERROR").then(|| self.traceback());
                told
            }
            18..24 => {
                let online = !self.online[number];
                self.online[number] = online;
                let message = if online {
                    format!("[WS] ✅ Registered device client: {client}")
                } else {
                    format!("[WS] 🔌 Client disconnected: {client}")
                };
                let mut told = known(message, "INFO", Some(client), None);
                (told.logger, told.module) = ("UFOWebSocketHandler", "handler");
                told
            }
            24..27 => {
                let error = self.random.below(1_000_000);
                let session = self.random.uuid();
                let message = format!(
                    "[WS] ❌ Failed to send result for session {session}: error \"{error}\""
                );
                let mut told = known(message, "ERROR", Some(client), Some(session));
                told.exception = Some(self.traceback());
                told
            }
            _ => self.chatter(Some(client)),
        }
    }

    /// The bulk of a log: lines that mean nothing in particular.
    fn chatter(&mut self, client: Option<String>) -> Told {
        let number = self.random.below(10_000_000);
        let step = 1 + self.random.below(50);
        // The server's other lines have more escapes than the page's: together it is about half.
        let kinds = if client.is_some() { 12 } else { 16 };
        let (message, level, logger, module) = match self.random.below(kinds) {
            0 => (
                format!("Request {number} took {step}.{step:02} ms on \"/api/clients\""),
                "INFO",
                "ufo.server.services.api",
                "api",
            ),
            1 => (
                format!("Heartbeat {number} answered\tafter {step} ms"),
                "DEBUG",
                "aip.protocol.heartbeat.HeartbeatProtocol",
                "heartbeat",
            ),
            2 => (
                format!("🔍 Attempting to receive data via FastAPIWebSocketAdapter, turn {number}"),
                "DEBUG",
                "aip.transport.websocket.WebSocketTransport",
                "websocket",
            ),
            3 => (
                format!(
                    "Strategy 'app_llm_interaction' returned extra fields ['plan', 'result_{number}']"
                ),
                "WARNING",
                "LinuxAgentProcessor",
                "strategy_dependency",
            ),
            4 => (
                format!("⏱️ Step {step} of round {number} done"),
                "INFO",
                "LinuxAgentProcessor",
                "processor_framework",
            ),
            5 => (
                format!("Saved \"logs/task_{number}/output.md\" in {step} ms"),
                "INFO",
                "ufo.module.basic",
                "basic",
            ),
            6 => (
                format!("Queue depth {step} above the limit, request {number} waits"),
                "WARNING",
                "ufo.module.dispatcher",
                "dispatcher",
            ),
            7 => (
                format!("📤 Sending result {number} via AIP..."),
                "INFO",
                "UFOWebSocketHandler",
                "handler",
            ),
            8 => (
                format!("Parsing response {number}\nwith {step} actions"),
                "INFO",
                "LinuxLLMInteractionStrategy.app_llm_interaction",
                "linux_agent_strategy",
            ),
            _ => (
                format!("Executing middleware number {number} before processing step {step}"),
                "INFO",
                "LinuxAgentProcessor",
                "processor_framework",
            ),
        };
        Told {
            level,
            logger,
            module,
            function: "process",
            message,
            exception: None,
            client,
            session: None,
        }
    }

    /// 300 to 2,000 characters, of which the last frame takes less than 100.
    fn traceback(&mut self) -> String {
        const END: &str = "ConnectionError: the connection is closed";
        let length = 300 + self.random.below(1600) as usize;
        let mut text = "Traceback (most recent call last):\n".to_owned();
        while text.len() + END.len() < length {
            let line = self.random.below(900);
            let _ = write!(
                text,
                "  File \"/opt/ufo/ufo/server/ws/handler.py\", line {line}, in send_result\n    await self.send(result)\n"
            );
        }
        text + END
    }

    fn server(&mut self) -> Told {
        let (number, client) = self.client();
        let mut told = Told {
            level: "INFO",
            logger: "ufo.server.services.session_manager",
            module: "session_manager",
            function: "_run_session_background",
            message: String::new(),
            exception: None,
            client: None,
            session: None,
        };
        match self.random.below(100) {
            0..5 => {
                let session = self.random.uuid();
                told.message = format!("[SessionManager] 🚀 Started background task {session}");
                self.open.push((session, self.now));
            }
            5..10 if !self.open.is_empty() => {
                let at = self.random.below(self.open.len() as u64) as usize;
                let (session, _) = self.open.swap_remove(at);
                let status = if self.random.below(20) == 0 { "FAILED" } else { "COMPLETED" };
                told.message = format!(
                    "[SessionManager] ✅ Session {session} completed with status TaskStatus.{status}"
                );
            }
            10..14 => {
                (told.logger, told.module, told.function) =
                    ("UFOWebSocketHandler", "handler", "handler");
                let online = !self.online[number];
                self.online[number] = online;
                told.message = if online {
                    format!(
                        "[WS] 📱 Device client {client} connected - Platform: linux, CPU: 2, Memory: 7.75GB"
                    )
                } else {
                    format!("[WS] {client} disconnected - code=1006, reason=")
                };
                told.level = if online { "INFO" } else { "WARNING" };
            }
            14..19 => {
                (told.logger, told.module, told.function) = ("uvicorn.access", "h11_impl", "send");
                let port = 30_000 + self.random.below(30_000);
                told.message = format!("127.0.0.1:{port} - \"GET /api/health HTTP/1.1\" 200");
            }
            19..22 => {
                let number = self.random.below(10_000_000);
                told.level = "ERROR";
                (told.logger, told.module, told.function) =
                    ("uvicorn.error", "httptools_impl", "run_asgi");
                told.message = format!("Exception {number} in ASGI application\n");
                told.exception = Some(self.traceback());
            }
            _ => return self.chatter(None),
        }
        told
    }

    fn record(&mut self, layout: Layout, told: &Told, line: &mut String) {
        let number = 10 + self.random.below(900);
        let mut pairs = vec![
            ("timestamp", quoted(&self.timestamp())),
            ("level", quoted(told.level)),
            ("logger", quoted(told.logger)),
            ("message", quoted(&told.message)),
            ("module", quoted(told.module)),
            ("function", quoted(told.function)),
            ("line", number.to_string()),
        ];
        let optional = [
            ("exception", &told.exception),
            ("client_id", &told.client),
            ("session_id", &told.session),
        ];
        pairs.extend(optional.into_iter().filter_map(|(k, v)| Some((k, quoted(v.as_ref()?)))));
        if layout == Layout::Shuffled {
            for at in (1..pairs.len()).rev() {
                pairs.swap(at, self.order.below(at as u64 + 1) as usize);
            }
        }
        let (comma, colon) = if layout == Layout::Compact { (",", ":") } else { (", ", ": ") };
        line.push('{');
        for (at, (key, value)) in pairs.iter().enumerate() {
            let comma = if at > 0 { comma } else { "" };
            let _ = write!(line, "{comma}\"{key}\"{colon}{value}");
        }
        line.push('}');
    }

    fn timestamp(&self) -> String {
        let (seconds, micros) = (self.now / 1_000_000, self.now % 1_000_000);
        let (day, second) = (22 + seconds / 86_400, seconds % 86_400);
        let (month, day) = if day > 30 { (12, (day - 31) % 31 + 1) } else { (11, day) };
        let (hour, minute) = (second / 3600, second / 60 % 60);
        format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}.{micros:06}", second % 60)
    }
}

/// A JSON string in ASCII, as Python's `json.dumps` writes it.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_ascii() => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}
