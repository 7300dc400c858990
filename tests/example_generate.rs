//! dbg
use reprompt::example::generate::*;
use std::collections::BTreeMap;
#[test]
fn stats() {
    let t = std::time::Instant::now();
    for cause in PlantedCause::ALL.into_iter().map(Some).chain([None]) {
        let g = generate(Scenario { seed: 2026, cause, conversations: 400 });
        let mut by: BTreeMap<String, (u32, u32, u32)> = BTreeMap::new();
        for t in &g.truth {
            let e = by.entry(format!("{:?}", t.wish)).or_default();
            e.0 += 1;
            if !t.resolved {
                e.1 += 1;
                if t.mishap {
                    e.2 += 1
                }
            }
        }
        println!("{cause:?} bytes {} {:?}", g.traces.len(), t.elapsed());
        for (k, v) in by {
            println!("   {k} n={} fail={} mishap={}", v.0, v.1, v.2);
        }
        if let Some(Ok(_)) = std::env::var("DUMP").ok().map(|d| {
            std::fs::write(format!("{d}/{}.jsonl", cause.map_or("None".into(), |c| format!("{c:?}"))), &g.traces)
        }) {}
    }
    panic!()
}
