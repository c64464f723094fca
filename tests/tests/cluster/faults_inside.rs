//! The gates that reach into pods and parts of objects, over a network and a server at their worst.

use crate::faults::{Bench, lines};
use ko_tests::fault_proxy::Fault;

/// What the gates work on, and each gate, guarded, so that one run says of all of them how they ended.
const GATES: &str = r#"
Told(problem?) { return: (reason: problem.k8s.reason, code: problem.k8s.code) }

Pod(ns, name) {
	log: (key: "ko.test/log", value: "one")
	made: CreatePod(namespace: ns, pod: (metadata: (name: name, annotations: log), spec: (containers: (name: "main", image: "a:1"))))
	return: WaitForPod(namespace: ns, name: name, after: made).metadata.name
}
Furnish(ns) {
	a: Pod(ns: ns, name: "a")
	robot: CreateServiceAccount(namespace: ns, serviceAccount: "robot")
	template: (metadata: (labels: (app: "w")), spec: (containers: (name: "a", image: "a:1")))
	spec: (replicas: 1, selector: (matchLabels: (app: "w")), template: template)
	return: (a: a, robot: robot.metadata.name, w: CreateDeployment(namespace: ns, deployment: (metadata: (name: "w"), spec: spec)).metadata.name)
}
Victim(ns) { return: ApplyPod(namespace: ns, pod: (metadata: (name: "victim"), spec: (containers: (name: "main", image: "a:1")))).metadata.name }
Victims(ns) { return: Len(FindPod(namespace: ns, name: "victim")) }

Log(ns, after) { return: (reason: GetPodLogs(namespace: ns, name: "a"), code: 0) }
Exec(ns, after) { return: (reason: ExecInPod(namespace: ns, name: "a", command: ("echo", "ran"), timeout: "4s").stdout, code: 0) }
Evict(ns, after) { return: (reason: "gone", code: Len(EvictPod(namespace: ns, name: "victim", timeout: "4s"))) }
Token(ns, after) { return: (reason: "token", code: Len(CreateServiceAccountToken(namespace: ns, name: "robot", timeout: "4s"))) }
Scale(ns, after) { return: (reason: "scaled", code: ScaleDeployment(namespace: ns, name: "w", replicas: 2, timeout: "4s").spec.replicas) }
Scaled(ns, after) { return: (reason: "read", code: Len(GetDeploymentScale(namespace: ns, name: "w", timeout: "4s"))) }
Restart(ns, after) { return: (reason: RestartDeployment(namespace: ns, name: "w", timeout: "4s").metadata.name, code: 0) }

ExecThenLog(ns) {
	exec: Recover(invoke: Exec[ns: ns], panic: Told)
	log: GetPodLogs(namespace: ns, name: "a", after: exec)
	return: (how: exec.reason, log: log)
}

All(ns) {
	log: Recover(invoke: Log[ns: ns], panic: Told)
	exec: Recover(invoke: Exec[ns: ns, after: log], panic: Told)
	evict: Recover(invoke: Evict[ns: ns, after: exec], panic: Told)
	token: Recover(invoke: Token[ns: ns, after: evict], panic: Told)
	scale: Recover(invoke: Scale[ns: ns, after: token], panic: Told)
	scaled: Recover(invoke: Scaled[ns: ns, after: scale], panic: Told)
	restart: Recover(invoke: Restart[ns: ns, after: scaled], panic: Told)
	return: (log: log, exec: exec, evict: evict, token: token, scale: scale, scaled: scaled, restart: restart)
}
"#;

/// The requests of these gates, and of no others.
const PLACES: [&str; 6] =
    ["/pods/a/log", "/pods/a/exec", "/victim/eviction", "/robot/token", "/w/scale", "/w?"];

fn bench(stem: &str) -> Option<Bench> {
    let bench = Bench::new(stem, GATES)?;
    bench.run("Furnish", &[]).well();
    Some(bench)
}

const WELL: &str = "log: one\n 0, exec: ran\n 0, evict: gone 1, token: token 1, scale: scaled 2, scaled: read 1, restart: w 0";

/// What passes is not noticed; but a program must not run twice, nor a token be made twice, when nobody knows whether they were.
#[test]
fn what_passes_is_survived() {
    let Some(bench) = bench("inside-survived") else { return };
    let once = WELL
        .replace("exec: ran\n 0", "exec: StreamFailed 0")
        .replace("token: token 1", "token: NoAnswer 0");
    for (fault, expected) in [
        (None, WELL),
        (Some(Fault::status(429, "TooManyRequests", "retry-after: 1\r\n")), WELL),
        (Some(Fault::Answer(503, "", "starting".to_owned())), WELL),
        (Some(Fault::Refuse), &once),
        (Some(Fault::Lose), &once),
        (Some(Fault::Truncate(3)), &once),
    ] {
        bench.proxy.heal();
        bench.run("Victim", &[]).well();
        for place in PLACES.into_iter().filter(|_| fault.is_some()) {
            bench.proxy.meet("", place, 1, fault.clone().unwrap());
        }
        assert_eq!(lines(&bench.value("All", &[])), expected, "{fault:?}");
        assert_eq!(bench.value("Victims", &[]), 0, "not evicted after {fault:?}");
    }
}

/// What does not pass is one error, soon, and changes nothing.
#[test]
fn what_stays_is_one_clear_error() {
    let Some(bench) = bench("inside-errors") else { return };
    let all = |reason: &str, code: u16| {
        let gates = "log exec evict token scale scaled restart".split(' ');
        gates.map(|it| format!("{it}: {reason} {code}")).collect::<Vec<_>>().join(", ")
    };
    let exec = |all: String, how: &str| {
        let (before, after) = all.split_once(", evict").unwrap();
        format!("{}exec: {how}, evict{after}", before.split("exec").next().unwrap())
    };
    let refused = |code: u16, reason: &str| (Fault::status(code, reason, ""), all(reason, code));
    bench.run("Victim", &[]).well();
    for (fault, expected) in [
        refused(401, "Unauthorized"),
        refused(403, "Forbidden"),
        refused(409, "Conflict"),
        refused(410, "Expired"),
        refused(422, "Invalid"),
        refused(500, "InternalError"),
        refused(503, "ServiceUnavailable"),
        (Fault::Refuse, exec(all("NoAnswer", 0), "StreamFailed 0")),
        (Fault::Silence, exec(all("NoAnswer", 0), "Timeout 0")),
        (Fault::Endless, exec(all("TooLarge", 0), "StreamFailed 0")),
    ] {
        bench.proxy.heal();
        for place in PLACES {
            bench.proxy.meet("", place, usize::MAX, fault.clone());
        }
        let value = bench.value("All", &["--request-timeout", "2s"]);
        assert_eq!(lines(&value), expected, "{fault:?}");
        assert_eq!(bench.value("Victims", &[]), 1, "evicted all the same: {fault:?}");
    }
}

/// A call that has ended leaves no connection behind, while its run goes on.
#[test]
fn a_program_that_is_given_up_leaves_no_connection() {
    let Some(bench) = bench("inside-orphans") else { return };
    bench.proxy.meet("", "/pods/a/exec", 1, Fault::Silence);
    bench.proxy.meet("", "/pods/a/log", 1, Fault::Late(std::time::Duration::from_secs(20)));
    std::thread::scope(|scope| {
        let run = scope.spawn(|| bench.value("ExecThenLog", &[]));
        let mut seen = Vec::new();
        while !seen.iter().any(|it: &String| it.contains("/log")) {
            seen.extend(bench.proxy.take_seen().into_iter().map(|it| it.target));
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert!(seen.iter().any(|it| it.contains("/exec")), "{seen:?}");
        // The log is on its way, and nothing else; for as long as that is so.
        let alone = (0..500).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            bench.proxy.open() == 1 && !run.is_finished()
        });
        assert!(alone, "{} connections", bench.proxy.open());
        assert_eq!(run.join().unwrap()["how"], "Timeout");
    });
}
