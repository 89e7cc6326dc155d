use super::*;
#[test]
fn whole() {
    for d in ["tiny", "py310", "rotate", "realclient", "hang2"] {
        let text = std::fs::read_to_string(format!("/tmp/whole-{d}.log")).unwrap();
        let p = profile("ufo");
        let b = recognised(&p, &text);
        let mut out = String::new();
        for e in &b.events {
            out += &format!("{} {}\n", e.row, e.kind.name());
        }
        std::fs::write(format!("/tmp/whole-{d}.events"), out).unwrap();
        let mut t = Tracker::new(0, true, 1_000_000);
        let mut counts = std::collections::BTreeMap::new();
        let mut emit = |f: &Fact<'_>| {
            *counts
                .entry(format!(
                    "{:?} {:?} rec={} start={} af={} on={}",
                    f.kind, f.outcome, f.reconnection, f.had_start, f.agent_failed, f.online
                ))
                .or_insert(0) += 1;
        };
        for raw in &b.events {
            t.observe(&Event::of(&b, raw), &mut emit);
        }
        t.finish(&mut emit);
        println!(
            "== {d} {} state {} bytes",
            b.records.len(),
            serde_json::to_string(&t).unwrap().len()
        );
        for (k, v) in counts {
            println!("{v:5} {k}");
        }
    }
    let mut needs = Needs::default();
    Matcher::new(&profile("ufo"), &mut needs).unwrap();
    println!("{:?}", needs);
    let t = std::time::Instant::now();
    profile("ufo");
    println!("profile {:?}", t.elapsed());
}
