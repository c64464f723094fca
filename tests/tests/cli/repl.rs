//! `ko repl`, through a pipe and in a real terminal.

use super::{Ko, folder};

const TEXT: &str = "// Same gives back what it gets.\nSame(a?) { return: a }\n";

/// What a session prints, on standard output and standard error, and its exit code.
fn session(input: &str) -> super::Done {
    let folder = folder(&[
        ("tools/text/t.ko", TEXT),
        ("more.ko", "import \"tools/text\"\nTwice(n?) { return: text.Same(Sum(n, n)) }\n"),
        (".git/HEAD", ""),
    ]);
    Ko::new(folder.path(), &["repl"]).with_input(input)
}

#[test]
fn values_are_shown_with_their_types_and_steps_are_kept() {
    let done = session(
        "Sum(1, 2)\nx: Sum(1, 2)\nx: Sum(x, 1)\ny: (a: x, b: \"q\")\ny.b\na: 1, b: Sum(a, 1)\nb\n\n// nothing\n:steps\n",
    );
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let expected = "3  : Int64\n3  : Int64\n4  : Int64\n(a: 4, b: \"q\")  : (a: Int64, b: String)\n\"q\"  : String\n\
                    (a: 1, b: 2)  : (a: Int64, b: Int64)\n2  : Int64\n\
                    x: Int64 = 4\ny: (a: Int64, b: String) = (a: 4, b: \"q\")\na: Int64 = 1\nb: Int64 = 2\n";
    assert_eq!(done.out, expected);
}

#[test]
fn functions_can_be_defined_over_lines_and_anew_and_kept_ones_stay_what_they_were() {
    let done = session(
        "double(n?) {\n  return: Prod(n, 2)\n}\ndouble(4)\nold: double\ndouble(n?) { return: Prod(n, 3) }\ndouble(4)\nold(4)\n\
         f(x?) { return: x }(1)\nf(x?) { return: Sum(x, 1) }(1)\n",
    );
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let expected = "defined double\n8  : Int64\nrepl.double  : Variety\ndefined double\n12  : Int64\n8  : Int64\n1  : Int64\n2  : Int64\n";
    assert_eq!(done.out, expected);
}

#[test]
fn packages_are_imported_and_files_loaded() {
    let done = session(
        "import \"tools/text\" as t\nt.Same(3)\n:import tools/text\ntext.Same(4)\n:load more.ko\nTwice(5)\n:doc text.Same\n:quit\nnothing\n",
    );
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    for part in [
        "imported tools/text\n3 ",
        "4  : Int64\ndefined Twice\n",
        "10  : Int64\n",
        "Same gives back",
    ] {
        assert!(done.out.contains(part), "{part} is missing in\n{}", done.out);
    }
}

#[test]
fn errors_show_their_place_and_the_session_goes_on() {
    let done = session(
        "Summ(1)\nPanic(\"no\")\nf(x) { return: x\n}\nSum(1,\n  g(x?) { return: Panic(x) }(2))\nh() { return: Lenn(1) }\nimport \"none\"\n\
         :nonsense\n:load none.ko\nx: 1 2\n(1))\nx\nSum(2, 2)\n",
    );
    assert_eq!(done.code, 1);
    for part in [
        "in1:1:1: error: `Summ` is no argument",
        "in2:1:1: error: unrecovered panic: \"no\"\n1 │ Panic(\"no\")",
        "in4:2:19: error: unrecovered panic: 2",
        "  in repl.g, return (in4:2:19)\n  in repl.In4 (in4:2:3)",
        "in5:1:15: error: `Lenn`",
        "in6:1:8: error: there is no package \"none\"",
        "there is no command :nonsense",
        "none.ko: the file cannot be read",
        "in8:1:1: error: `x` is no",
    ] {
        let part = part.replace("in8:1:1", "in9:1:1");
        assert!(done.err.contains(&part), "{part} is missing in\n{}", done.err);
    }
    assert!(!done.err.contains("panicked"), "{}", done.err);
    assert_eq!(done.out, "defined f\n4  : Int64\n");
}

#[test]
fn types_and_graphs_are_asked_for() {
    let done = session(
        "x: (a: 1)\n:type x\n:type Sum(1, 2)\n:t \"a\"\nf(n?) { return: Sum(n, 1) }\n:graph f\n:graph Len(x)\n",
    );
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    for part in ["(a: Int64)\nInt64\nString\n", "return  Sum", "Len", "○ x"] {
        assert!(done.out.contains(part), "{part} is missing in\n{}", done.out);
    }
}

#[test]
fn gates_work_in_a_sandbox_that_lasts() {
    let done = session(
        "n: CreateNamespace(namespace: \"a\").metadata.name\nListNamespaces(\"x\").metadata.name\n:reset\nn\nLen(ListNamespaces())\n",
    );
    let done_again = session("Len(ListNamespaces())\n");
    assert_eq!(done_again.code, 0, "{}", done_again.err);
    let last = |text: &str| text.lines().last().unwrap_or_default().to_owned();
    assert_eq!(last(&done.out), last(&done_again.out), "{}{}", done.out, done.err);
    assert!(done.out.starts_with("\"a\"  : String\n"), "{}", done.out);
    let done = session("CreateNamespace(namespace: \"a\").metadata.name\nLen(ListNamespaces())\n");
    assert_ne!(last(&done.out), last(&done_again.out), "{}{}", done.out, done.err);
}

#[test]
fn expressions_of_the_command_line_import_packages() {
    let folder = folder(&[("tools/text/t.ko", TEXT), (".git/HEAD", "")]);
    let eval = |arguments: &[&str]| super::run(folder.path(), &[&["eval"], arguments].concat());
    let done = eval(&["--import", "tools/text", "-e", "text.Same(7)"]);
    assert_eq!((done.code, done.out.as_str()), (0, "7\n"), "{}", done.err);
    let done = eval(&["-i", "t=tools/text", "-e", "Panic(t.Same(7))"]);
    assert_eq!(done.code, 1);
    assert!(done.err.contains(":1:1: error: unrecovered panic: 7"), "{}", done.err);
    for (import, expression) in [("tools/none", "1"), ("tools/text", "text.Nothing()")] {
        let done = eval(&["--import", import, "-e", expression]);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{}", done.err);
    }
}

#[cfg(unix)]
mod terminal {
    use std::{os::unix::fs::PermissionsExt as _, path::Path, process::Command};

    use ko_tests::binary::ko;
    use rexpect::session::{PtySession, spawn_command};

    use crate::folder;

    /// How long an answer may take, in milliseconds.
    const PATIENCE: u64 = 30_000;

    fn start(folder: &Path) -> PtySession {
        let mut command = Command::new(ko());
        command
            .args(["repl"])
            .current_dir(folder)
            .env_remove("KOPATH")
            .env("XDG_STATE_HOME", folder.join("state"))
            .env("TERM", "xterm")
            .env("NO_COLOR", "1");
        let mut session = spawn_command(command, Some(PATIENCE)).unwrap();
        session.exp_string("ko> ").unwrap();
        session
    }

    #[test]
    fn a_line_is_edited_completed_and_remembered() {
        let folder = folder(&[]);
        let mut session = start(folder.path());
        session.send_line("first: Sum(20, 1)").unwrap();
        session.exp_string("21  : Int64").unwrap();
        session.exp_string("ko> ").unwrap();
        // The tab key knows the step.
        session.send("Sum(fir\t, 1)\n").unwrap();
        session.exp_string("22  : Int64").unwrap();
        session.exp_string("ko> ").unwrap();
        // A line goes on while a bracket is open.
        session.send_line("Sum(10,").unwrap();
        session.send_line("20)").unwrap();
        session.exp_string("30  : Int64").unwrap();
        session.exp_string("ko> ").unwrap();
        session.send_line("Sum(30, 3)").unwrap();
        session.exp_string("33  : Int64").unwrap();
        session.exp_string("ko> ").unwrap();
        session.send_control('d').unwrap();
        session.exp_eof().unwrap();
        let history = folder.path().join("state/ko/repl/history");
        let mode = std::fs::metadata(&history).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        // The key for the line before finds it in the next session.
        let mut session = start(folder.path());
        session.send("\x1b[A").unwrap();
        session.flush().unwrap();
        session.exp_string("Sum(30, 3)").unwrap();
        session.send_line("").unwrap();
        session.exp_string("33  : Int64").unwrap();
        session.send_line(":quit").unwrap();
        session.exp_eof().unwrap();
    }

    #[test]
    fn an_interrupt_ends_the_evaluation_and_not_the_session() {
        let folder = folder(&[]);
        let mut session = start(folder.path());
        session
            .send_line("Loop(start: Show(0), step: Inc, stop: f(n?) { return: false })")
            .unwrap();
        session.exp_string("0\r\n").unwrap();
        session.send_control('c').unwrap();
        session.exp_string("the run was cancelled").unwrap();
        session.exp_string("ko> ").unwrap();
        // At the prompt it gives up the line.
        session.send("Sum(1").unwrap();
        session.flush().unwrap();
        session.exp_string("Sum(1").unwrap();
        session.send_control('c').unwrap();
        session.exp_string("ko> ").unwrap();
        session.send_line("Sum(40, 2)").unwrap();
        session.exp_string("42  : Int64").unwrap();
        session.send_control('d').unwrap();
        session.exp_eof().unwrap();
    }
}
