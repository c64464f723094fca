//! Ten thousand pods: listed, waited for, and deleted by their label.

use std::thread;

use anyhow::{Result, bail, ensure};

use super::connect::add;
use super::server::Server;
use super::side::{Home, Side};
use crate::bench::measure::{self, Usage};
use crate::bench::table::Table;

/// How many pods.
const MANY: usize = 10_000;

/// How many kubectl waits for and deletes: it looks at objects one by one, and sends no more than five requests a second.
const FEW: usize = 100;

/// How many pods become ready each second while somebody waits.
const EACH_SECOND: u32 = 4_000;

const PROGRAM: &str = r#"
Count(label) { return: Len(ListPodsByLabelSelector(namespace: "many", labelSelector: label)) }
Wait(label) { return: Len(WaitForPodsByLabelSelector(namespace: "many", labelSelector: label, timeout: "10m")) }
Delete(label) {
	found: ListPodsByLabelSelector(namespace: "many", labelSelector: label)
	return: Len(DeletePods(namespace: "many", pods: found, timeout: "10m"))
}
"#;

/// What happens during a run.
type Meanwhile<'a> = &'a (dyn Fn() -> Result<()> + Sync);

/// Measures.
///
/// # Errors
/// When one of the sides fails, or leaves something.
pub(super) fn measure(
    server: &Server,
    sides: (&Side, Option<&Side>),
    table: &mut Table,
) -> Result<()> {
    let (ko, kubectl) = sides;
    let kubeconfig = server.kubeconfig("pods");
    let ours = ko.home(&kubeconfig, "pods")?;
    let theirs = kubectl.map(|it| it.home(&kubeconfig, "pods")).transpose()?;
    std::fs::write(ours.package().join("main.ko"), PROGRAM)?;
    // Whoever comes first has to find out what the cluster can do; nobody is measured with that.
    measure::once(&mut ours.command(&["api", "ListPods"]))?;
    if let Some(theirs) = &theirs {
        measure::once(&mut theirs.command(&["api-resources"]))?;
    }
    let mut both = |name: &str,
                    count: usize,
                    ready: bool,
                    function,
                    words: &[&str],
                    theirs: Option<&Home<'_>>| {
        println!("{name} {count} …");
        let label = format!("app=of-{count}");
        let fill = || server.fill(count, &label[4..], ready);
        let meanwhile = || if ready { Ok(()) } else { server.get_ready(EACH_SECOND) };
        fill()?;
        let argument = format!("label={label}");
        let ours = side(&ours, &["run", "--yes", "--quiet", ".", function, &argument], &meanwhile)?;
        ensure!(ours.output.trim() == count.to_string(), "{function} gave {}", ours.output);
        fill()?;
        let words = [words, &["-n", "many", "-l", &label]].concat();
        let theirs = theirs.map(|it| side(it, &words, &meanwhile)).transpose()?;
        if let Some(theirs) = &theirs {
            let lines = theirs.output.lines().count();
            ensure!(lines == count, "kubectl {words:?} wrote {lines} lines");
        }
        add(table, &format!("pods: {name} {count}"), &ours, theirs.as_ref());
        Ok(())
    };
    let get = ["get", "pods", "-o", "name"];
    let wait = ["wait", "--for=condition=Ready", "--timeout=10m", "pods"];
    let delete = ["delete", "pods"];
    both("list", MANY, true, "Count", &get, theirs.as_ref())?;
    both("wait for", FEW, true, "Wait", &wait, theirs.as_ref())?;
    both("wait for", MANY, true, "Wait", &wait, None)?;
    both("wait while these become ready:", MANY, false, "Wait", &wait, None)?;
    both("delete and wait for", FEW, true, "Delete", &delete, theirs.as_ref())?;
    both("delete and wait for", MANY, true, "Delete", &delete, None)?;
    // Those that kubectl does not delete are there again.
    let left = server.count()?;
    ensure!(left == MANY as u64, "{left} pods are left");
    Ok(())
}

/// One run, of something that happens meanwhile.
fn side(home: &Home<'_>, words: &[&str], meanwhile: Meanwhile<'_>) -> Result<Usage> {
    thread::scope(|scope| {
        let happening = scope.spawn(meanwhile);
        let usage = measure::once(&mut home.command(words))?;
        match happening.join() {
            Ok(done) => done.map(|()| usage),
            Err(_) => bail!("what was to happen meanwhile did not"),
        }
    })
}
