//! Clusters of a size: the release build of `ko` beside `kubectl`, which does the same work on the same server in the same
//! run. The servers: one of ours with many custom resources and many pods, and a real control plane.
//!
//! Both sides start as a user does, with a home of their own that is empty at first; where a figure says `again`, with what
//! the run before has left there.

mod connect;
mod pods;
mod server;
mod side;

use anyhow::Result;
use ko_tests::control_plane::ControlPlane;
use ko_tests::scale::Definitions;

use self::server::Server;
use self::side::Side;
use super::peers::Peer;
use super::table::Table;
use crate::tools;

/// How many custom resources there are, and how many bytes their documents take.
const DEFINITIONS: (usize, usize) = (1_500, 25_000_000);

/// Measures both sides and prints a table.
///
/// # Errors
/// When `ko` cannot be built, or one of the sides fails at its work.
pub(crate) fn run(filter: Option<&str>, times: u32) -> Result<()> {
    let ko = Side::ko(Peer::ko()?.program);
    let kubectl = match tools::kubectl::install() {
        Ok(program) => Some(Side::kubectl(program)),
        Err(reason) => {
            println!(
                "SKIPPED kubectl, so there are no ratios: {reason:#}\n{}",
                tools::kubectl::HOW
            );
            None
        }
    };
    let wanted = |name: &str| filter.is_none_or(|it| name.contains(it));
    let mut table = Table::new("ko", kubectl.as_ref().map(|_| "kubectl"));
    let (kinds, bytes) = DEFINITIONS;
    if wanted("definitions") || wanted("pods") {
        println!("making a server with {kinds} custom resources …");
        let server = Server::start(kinds, bytes)?;
        println!(
            "its documents take {:.1} MB; {times} rounds, the best of each figure",
            server.size as f64 / 1e6
        );
        if wanted("definitions") {
            let (kind, _) = Definitions::kind(kinds - 1);
            let at = connect::Cluster {
                kubeconfig: server.kubeconfig("scale"),
                context: "scale",
                kind,
                field: "spec",
            };
            connect::measure(&at, (3_000.0, 250.0), (&ko, kubectl.as_ref()), times, &mut table)?;
        }
        if wanted("pods") {
            pods::measure(&server, (&ko, kubectl.as_ref()), &mut table)?;
        }
    }
    if wanted("stock") {
        match tools::control_plane::install() {
            Ok(program) => {
                let plane = ControlPlane::start(&program)?;
                let kubeconfig = std::fs::read_to_string(plane.kubeconfig())?;
                let kind = "StatefulSet".to_owned();
                let at =
                    connect::Cluster { kubeconfig, context: "admin", kind, field: "spec.template" };
                connect::measure(&at, (1_000.0, 60.0), (&ko, kubectl.as_ref()), times, &mut table)?;
            }
            Err(reason) => println!(
                "SKIPPED the stock control plane: {reason:#}\n{}",
                tools::control_plane::HOW
            ),
        }
    }
    table.print();
    Ok(())
}

/// What `bench serve` does: see [`server`].
///
/// # Errors
/// When it is told what it does not know.
pub(super) fn serve() -> Result<()> {
    server::serve()
}
