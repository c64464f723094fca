//! The packages of the library that read and write data or reach outside of the program, as programs see them.
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    net::TcpListener,
    path::Path,
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use ko_evaluator::{
    cancel::CancelToken,
    event::{Event, Observer},
    failure::FailureKind,
    host::{Effect, HostAccess},
    print,
    run::{Entry, RunOptions, RunResult, run},
    value::Value,
};

use support::{link, main, run_source};

/// What a program with these imports gives.
fn with_access(imports: &[&str], body: &str, host: HostAccess) -> Result<Value, String> {
    let imports: String = imports.iter().map(|path| format!("import \"{path}\"\n")).collect();
    let options = RunOptions { host, ..RunOptions::default() };
    run_source(&format!("{imports}{body}"), options).outcome.map_err(|failure| failure.message)
}

fn value(imports: &[&str], expression: &str) -> Value {
    let body = format!("Main() {{ return: {expression} }}");
    with_access(imports, &body, HostAccess::ALL).unwrap_or_else(|it| panic!("{expression}: {it}"))
}

fn printed(imports: &[&str], expression: &str) -> String {
    print::print(&value(imports, expression))
}

fn text(imports: &[&str], expression: &str) -> String {
    value(imports, expression).as_str().unwrap().to_owned()
}

#[test]
fn documents_are_written_by_both_paths() {
    for prefix in ["", "github.com/kocircuit/kocircuit/lib/"] {
        let html = format!("{prefix}web/html");
        let document = text(
            &[&html],
            r#"html.Render(html.HTML(
                head: html.HEAD(title: "T", children: html.LINK(href: "a.css", rel: "stylesheet"))
                body: html.BODY(
                    html.DIV(id: "d", classes: ("x", "y"), children: html.P(style: "s", children: html.T("1 < 2")))
                    html.A(href: "?a&b", children: html.IMG("i.png"))
                    html.SCRIPT(src: "s.js", defer: true)
                    html.FormP(f: "a %% b", a: html.STRONG(html.T("c")))
                    html.FIGURE(children: html.BR(), caption: html.T("cap"))
                )
            ))"#,
        );
        expect_test::expect![[r#"<!DOCTYPE html> <HTML ><HEAD ><LINK href="a.css" rel="stylesheet" /> <TITLE >T</TITLE></HEAD> <BODY ><DIV id="d" class="x y"><P style="s">1 &lt; 2</P></DIV> <A href="?a&amp;b"><IMG src="i.png" /></A> <SCRIPT defer src="s.js"></SCRIPT> <P >a  <STRONG >c</STRONG>  b</P> <FIGURE ><BR  /> <FIGCAPTION >cap</FIGCAPTION></FIGURE></BODY></HTML>"#]]
        .assert_eq(&document);
    }
}

#[test]
fn drawings_keep_their_numbers() {
    let drawing = text(
        &["web/svg"],
        r#"svg.Render(svg.SVG(width: 10, viewBox: svg.ViewBox(minX: 0, minY: -1, width: 2, height: 3), nodes: svg.G(
            transforms: svg.TranslateTransform(x: 1), transforms: svg.RotateTransform(a: 90, x: 1, y: 2)
            nodes: svg.CIRCLE(cx: 1, r: 2), nodes: svg.POLYLINE(svg.Point(x: 1, y: 2), svg.Point(x: 3, y: 4))
        )))"#,
    );
    expect_test::expect![[r#"<SVG xmlns="http://www.w3.org/2000/svg" width="10" viewBox="0 -1 2 3"><G transform="translate(1) rotate(90 1 2)"><CIRCLE cx="1" r="2" /> <POLYLINE points="1,2 3,4" /></G></SVG>"#]]
    .assert_eq(&drawing);
    let rope = "text.Flush(text.J(texts: text.S(\"a\"), texts: text.S(\"b\"), delimiter: \"-\"))";
    assert_eq!(text(&["web/wiki/text"], rope), "a-b");
}

#[test]
fn trees_are_balanced_and_in_order() {
    const PROGRAM: &str = r#"
        less(left, right) { return: Less(left, right) }
        step(carry, elem) { return: (carry: TREE.Insert(node: carry, value: elem, Less: less)) }
        collect(carry, value) { return: Merge(carry, value) }
        Main() {
            tree: Range(over: Merge(integer.PermuteInt64(len: 200, seed: 7), 5), with: step).residue
            return: (
                all: redblack.Sweep(node: tree, Sweeper: collect)
                depth: redblack.Depth(node: tree)
                found: TREE.Find(node: tree, value: 42, Less: less)
                missing: Have(TREE.Find(node: tree, value: 200, Less: less))
            )
        }"#;
    for tree in ["redblack", "fast"] {
        let body = PROGRAM.replace("TREE", tree);
        let imports = ["integer", "redblack", "redblack/fast"];
        let value = with_access(&imports, &body, HostAccess::NONE).unwrap();
        let all: Vec<i64> =
            value.field("all").elements().iter().filter_map(Value::as_int).collect();
        assert_eq!(all, (0..200).collect::<Vec<_>>(), "{tree}");
        // Twice the logarithm at most, by the theory of these trees.
        let depth = value.field("depth").as_int().unwrap();
        assert!((8..=16).contains(&depth), "{tree}: {depth}");
        assert_eq!(value.field("found"), &Value::int(42));
        assert_eq!(value.field("missing"), &Value::Bool(false));
    }
}

#[test]
fn rotations_undo_each_other_and_say_what_they_lack() {
    let body = r#"Main() {
        one: redblack.Node(value: 1, color: redblack.Red)
        tree: redblack.Node(value: 2, color: redblack.Black, left: one, right: redblack.Node(value: 3, color: redblack.Red))
        return: (
            Equal(redblack.RotateRight(redblack.RotateLeft(tree)), tree)
            Equal(redblack.Flip(redblack.Flip(tree)), tree)
            Recover(invoke: redblack.Flip[one], panic: f(p?) { return: Equal(p.node.value, 1) })
        )
    }"#;
    let value = with_access(&["redblack"], body, HostAccess::NONE).unwrap();
    assert_eq!(print::print(&value), "(true, true, true)");
}

#[test]
fn rings_give_each_number_once_however_many_ask() {
    let body = r#"
        Main() {
            ring: sync.MakeRing(3)
            drawn: series.ParMap(over: integer.PermuteInt64(len: 100, seed: 0), with: ring.Lease)
            return: Sort(over: drawn, less: f(left, right) { return: Less(left, right) })
        }"#;
    let value = with_access(&["sync", "series", "integer"], body, HostAccess::NONE).unwrap();
    let all: Vec<i64> = value.elements().iter().filter_map(Value::as_int).collect();
    assert_eq!(all, (0..100).collect::<Vec<_>>());
    let error = with_access(&["sync"], "Main() { return: sync.MakeRing(0) }", HostAccess::NONE);
    assert_eq!(error.unwrap_err(), "sync.GoMakeRing needs a capacity of at least 1, not 0");
}

fn quoted(path: &Path) -> String {
    print::print(&Value::string(path.to_str().unwrap()))
}

#[test]
fn files_are_written_read_listed_and_copied() {
    let folder = tempfile::tempdir().unwrap();
    let root = quoted(folder.path());
    let body = format!(
        r#"
        hello() {{ return: "hello" }}
        Main() {{
            system: file.LocalFileSystem({root})
            synced: file.File(path: "sub/a.txt", write: hello).Sync(system)
            a: path.Join({root}, "sub", "a.txt")
            copied: shell.CopyFile(source: a, sink: path.Join({root}, "x/b"), _after: synced)
            made: os.Mkdir(path: path.Join({root}, "empty"), _after: copied)
            return: (
                synced: synced
                copied: copied
                made: Have(made)
                text: file.ReadLocalFile(path: path.Join({root}, "x/b"), _after: copied)
                all: file.ListDir(path: {root}, _after: made)
                none: Have(file.ListDir(path: path.Join({root}, "empty"), _after: made))
                there: file.Exists(path: a, _after: copied)
                missing: file.Exists("/no/such/file")
            )
        }}"#
    );
    let imports = ["file", "file/path", "shell", "os"];
    let files = HostAccess::NONE.with(Effect::WriteFiles);
    expect_test::expect![[r#"
        (
        	synced: true
        	copied: true
        	made: false
        	text: "hello"
        	all: (
        		(name: "empty", isDir: true, size: 0)
        		(name: "sub", isDir: true, size: 0)
        		(name: "x", isDir: true, size: 0)
        	)
        	none: false
        	there: true
        	missing: false
        )"#]]
    .assert_eq(&print::print(&with_access(&imports, &body, files).unwrap()));
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_done_with_files_is_said() {
    let files = HostAccess::NONE.with(Effect::WriteFiles);
    let imports = ["file", "os"];
    let errors: Vec<String> = [
        "file.ReadLocalFile(\"/no/such/file\")",
        "file.ReadLocalFile(\"/dev/zero\")",
        "file.ReadLocalFile(\"/\")",
        "file.WriteLocalFile(path: \"/proc/x/y\", body: \"\")",
        "os.Mkdir(\"/proc/x\")",
        "os.Mkdir(\"\")",
    ]
    .iter()
    .map(|it| with_access(&imports, &format!("Main() {{ return: {it} }}"), files).unwrap_err())
    .collect();
    expect_test::expect![[r#"
        file.ReadLocalFile cannot read "/no/such/file": No such file or directory (os error 2)
        file.ReadLocalFile cannot read "/dev/zero": it is a device, a pipe or a socket, not a file
        file.ReadLocalFile cannot read "/": Is a directory (os error 21)
        file.WriteLocalFile cannot make the directories above "/proc/x/y": No such file or directory (os error 2)
        os.Mkdir cannot make the directory "/proc/x": No such file or directory (os error 2)
        os.Mkdir needs a path as its argument `path`"#]].assert_eq(&errors.join("\n"));
}

#[test]
fn nothing_happens_outside_unless_it_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let path = quoted(&folder.path().join("f"));
    let calls = [
        format!("file.WriteLocalFile(path: {path}, body: \"\")"),
        format!("file.ReadLocalFile({path})"),
        format!("file.ListDir({path})"),
        format!("file.Exists({path})"),
        format!("shell.CopyFile(source: {path}, sink: {path})"),
        format!("os.Mkdir({path})"),
        "os.Env(\"HOME\")".to_owned(),
        format!("os.Task(binary: \"/bin/touch\", arg: {path})"),
        "http.Get(\"http://127.0.0.1:1/\")".to_owned(),
        "http.Serve(address: \"127.0.0.1:0\", handler: Return)".to_owned(),
        "http.ServeLocalDir(address: \"127.0.0.1:0\", dir: \".\")".to_owned(),
        "os.Exit(1)".to_owned(),
    ];
    for call in calls {
        let body = format!("Main() {{ return: {call} }}");
        let imports = ["file", "shell", "os", "net/http"];
        let error = with_access(&imports, &body, HostAccess::NONE).unwrap_err();
        assert!(error.contains("may not") && error.contains("allow"), "{call}: {error}");
    }
    assert!(!folder.path().join("f").exists());
}

#[cfg(unix)]
#[test]
fn tasks_tell_whether_they_succeeded() {
    let body = r#"Main() {
        return: (
            good: os.Task(binary: "/bin/sh", arg: ("-c", "test $A = b"), env: "A=b", dir: "/")
            bad: os.Task(name: "failing", binary: "/bin/sh", arg: ("-c", "echo why; exit 3"))
            none: os.Task(binary: "/no/such/program")
        )
    }"#;
    let (sender, receiver) = mpsc::channel();
    let options = RunOptions {
        host: HostAccess::NONE.with(Effect::Processes),
        observer: Arc::new(Lines(sender)),
        ..RunOptions::default()
    };
    let result = run_source(&format!("import \"os\"\n{body}"), options);
    assert_eq!(print::print(&result.outcome.unwrap()), "(good: true, bad: false, none: false)");
    let written: String = receiver.try_iter().collect();
    expect_test::expect![[r#"
        the task failing failed (exit status: 3):
        why
        the task /no/such/program failed (it cannot be started: No such file or directory (os error 2)):
    "#]].assert_eq(&written);
}

#[test]
fn what_is_made_of_secrets_is_secret_and_errors_do_not_show_it() {
    let secret = Value::string("{\"hunter2\":1,\"hunter2\":2}").into_secret();
    let run_with = |expression: &str, secret: &Value| {
        let source = format!(
            "import \"encoding/json\"\nimport \"encoding/yaml\"\nimport \"web/xml\"\nimport \"file\"\nimport \"os\"\nMain(s) {{ return: {expression} }}"
        );
        let program = link(&[("case/main.ko", "case", &source)]).unwrap();
        let arguments = vec![(Some("s".into()), secret.clone())];
        let entry = Entry { function: main(), arguments, selection: None };
        let (sender, receiver) = mpsc::channel();
        let options = RunOptions {
            host: HostAccess::ALL,
            observer: Arc::new(Lines(sender)),
            ..RunOptions::default()
        };
        let outcome = run(program, entry, options).outcome;
        let shown = match outcome {
            Ok(value) => print::print(&value),
            Err(failure) => failure.message,
        };
        shown + &receiver.try_iter().collect::<String>()
    };
    let folder = tempfile::tempdir().unwrap();
    let file = quoted(&folder.path().join("f"));
    for expression in [
        "json.Marshal((a: s))",
        "json.Unmarshal(json.Marshal((a: s))).a",
        "json.Unmarshal(s)",
        "yaml.Marshal((s))",
        "yaml.Unmarshal(s)",
        "xml.Render(xml.Text(s))",
        "xml.Attr(name: \"a\", values: s)",
        "file.ReadLocalFile(s)",
        "os.Env(s)",
        "os.Task(binary: \"/bin/cat\", arg: s)",
        &format!("file.WriteLocalFile(path: {file}, body: s)"),
    ] {
        let shown = run_with(expression, &secret);
        assert!(!shown.contains("hunter2"), "{expression}: {shown}");
    }
    // It was allowed to, so it is there.
    assert!(std::fs::read_to_string(folder.path().join("f")).unwrap().contains("hunter2"));
}

/// Tells what a program writes.
struct Lines(mpsc::Sender<String>);

impl Observer for Lines {
    fn event(&self, event: Event) {
        if let Event::Output { text, .. } = event {
            let _ = self.0.send(text);
        }
    }
}

/// A server that a program runs.
struct Server {
    cancel: CancelToken,
    thread: JoinHandle<RunResult>,
    lines: mpsc::Receiver<String>,
    /// Such as `http://127.0.0.1:1234`.
    url: String,
}

impl Server {
    fn start(source: &str) -> Server {
        let program = link(&[("case/main.ko", "case", source)]).unwrap();
        let cancel = CancelToken::new();
        let (sender, lines) = mpsc::channel();
        let options = RunOptions {
            host: HostAccess::ALL,
            cancel: cancel.clone(),
            observer: Arc::new(Lines(sender)),
            ..RunOptions::default()
        };
        let thread = std::thread::spawn(move || run(program, Entry::function(main()), options));
        let line = lines.recv_timeout(Duration::from_secs(20)).unwrap();
        let url = line.split("http://").nth(1).unwrap().trim().trim_end_matches('/');
        Server { cancel, thread, lines, url: format!("http://{url}") }
    }

    /// Ends it; what it wrote after it had begun.
    fn stop(self) -> String {
        self.cancel.cancel();
        let failure = self.thread.join().unwrap().outcome.unwrap_err();
        assert!(matches!(failure.kind, FailureKind::Cancelled), "{failure}");
        self.lines.try_iter().collect()
    }
}

const SERVER: &str = r#"
import "net/http"
import "strings"

Main() { return: http.Serve(address: "127.0.0.1:0", handler: handle) }

handle(ctx) {
    return: Switch(
        case: Branch[if: Equal(ctx.path, "/json"), then: answerJSON[ctx: ctx]]
        case: Branch[if: Equal(ctx.path, "/moved"), then: move[ctx: ctx]]
        case: Branch[if: Equal(ctx.path, "/fail"), then: Panic["on purpose"]]
        case: Branch[if: Equal(ctx.path, "/hang"), then: Hang]
        otherwise: echo[ctx: ctx]
    )
}

answerJSON(ctx) { return: http.SendJSON(ctx: ctx, statusCode: 201, value: (a: 1, b: ((c: "x"), (c: "y")))) }

move(ctx) {
    moved: http.SetHeader(ctx: ctx, entry: (key: "Location", value: "/json"))
    return: http.Send(ctx: moved, statusCode: 302)
}

echo(ctx) {
    return: http.Send(ctx: ctx, body: strings.Join(ctx.method, " ", ctx.path, "?", ctx.query, " ", http.BodyAsString(ctx)))
}
"#;

#[test]
fn programs_talk_to_programs() {
    let server = Server::start(SERVER);
    let client = format!(
        r#"
        import "net/http"
        Main() {{
            json: http.Get("{0}/json")
            return: (
                status: json.statusCode
                body: http.BodyAsJSON(json)
                moved: http.Get("{0}/moved").statusCode
                post: http.BodyAsString(http.Post(url: "{0}/p?q=1", body: (n: 1)))
                put: http.BodyAsString(http.Put(url: "{0}/p", body: "text"))
                patch: http.BodyAsString(http.Patch(url: "{0}/p", body: "text"))
                delete: http.BodyAsString(http.Delete("{0}/p"))
                head: http.BodyAsString(http.Head("{0}/p"))
                own: http.BodyAsString(http.Request(method: "OWN", url: "{0}/p", client: http.NewClient()))
                failed: http.Get("{0}/fail").statusCode
            )
        }}"#,
        server.url
    );
    let options =
        RunOptions { host: HostAccess::NONE.with(Effect::Network), ..RunOptions::default() };
    let value = run_source(&client, options).outcome.unwrap();
    expect_test::expect![[r#"
        (
        	status: 201
        	body: (a: 1, b: ((c: "x"), (c: "y")))
        	moved: 201
        	post: "POST /p?q=1 {\"n\":1}"
        	put: "PUT /p? text"
        	patch: "PATCH /p? text"
        	delete: "DELETE /p? "
        	head: ""
        	own: "OWN /p? "
        	failed: 500
        )"#]]
    .assert_eq(&print::print(&value));
    expect_test::expect![[r#"
        a handler of http.Serve failed: case/main.ko:8:13: unrecovered panic: "on purpose"
    "#]]
    .assert_eq(&server.stop());
}

#[test]
fn folders_are_served() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), "hello").unwrap();
    let server = Server::start(&format!(
        "import \"net/http\"\nMain() {{ return: http.ServeLocalDir(address: \"127.0.0.1:0\", dir: {}, url: \"/\") }}",
        quoted(folder.path())
    ));
    let get = format!("http.BodyAsString(http.Get(\"{}/a.txt\"))", server.url);
    assert_eq!(printed(&["net/http"], &get), "\"hello\"");
    server.stop();
}

#[test]
fn requests_fail_with_a_reason() {
    // Takes connections, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let errors: Vec<String> = [
        format!("http.Get(url: \"http://{address}\", client: http.NewClient(timeout: 50000000))"),
        "http.Get(\"http://user:password@127.0.0.1:1/x\")".to_owned(),
        "http.Get(\"127.0.0.1\")".to_owned(),
        "http.Get(url: \"http://127.0.0.1:1\", header: (key: \"a b\", value: \"\"))".to_owned(),
        "http.Post(url: \"http://127.0.0.1:1\", body: (f: Return))".to_owned(),
        "http.Serve(address: \"nowhere\", handler: Return)".to_owned(),
        "http.BodyAsString(1)".to_owned(),
    ]
    .iter()
    .map(|call| {
        let body = format!("Main() {{ return: {call} }}");
        let error = with_access(&["net/http"], &body, HostAccess::ALL).unwrap_err();
        error.replace(&address.to_string(), "ADDRESS")
    })
    .collect();
    expect_test::expect![[r#"
        GET http://ADDRESS: no answer within 0.05 s
        GET http://127.0.0.1:1/x: client error (Connect): tcp connect error: Connection refused (os error 111)
        GET 127.0.0.1: the URL must begin with http:// or https:// and a host
        GET http://127.0.0.1:1: "a b" cannot be the name of a header
        http.Post cannot send its argument `body`: field f: the function idiom.Return has no JSON form; call it first
        cannot serve at "nowhere": invalid socket address; an address is a host and a port, such as localhost:8080
        http.BodyAsString needs what a request returned as its argument `response`, not the number 1"#]].assert_eq(&errors.join("\n"));
}

#[test]
fn waits_end_when_the_run_is_cancelled() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let calls = [
        "time.Sleep(time.Hour())".to_owned(),
        "Spin(time.Sleep[time.Hour()]).Wait()".to_owned(),
        format!("http.Get(\"http://{address}\")"),
        "http.Serve(address: \"127.0.0.1:0\", handler: Return)".to_owned(),
        "http.ServeLocalDir(address: \"127.0.0.1:0\", dir: \".\")".to_owned(),
        "os.Task(binary: \"/bin/sleep\", arg: \"60\")".to_owned(),
    ];
    for call in calls {
        let source = format!(
            "import \"time\"\nimport \"net/http\"\nimport \"os\"\nMain() {{ return: {call} }}"
        );
        let program = link(&[("case/main.ko", "case", &source)]).unwrap();
        let cancel = CancelToken::new();
        let options =
            RunOptions { host: HostAccess::ALL, cancel: cancel.clone(), ..RunOptions::default() };
        let (sender, ended) = mpsc::channel();
        std::thread::spawn(move || sender.send(run(program, Entry::function(main()), options)));
        // Long enough for the wait to begin; if it has not, it is cancelled before, which must work as well.
        assert!(ended.recv_timeout(Duration::from_millis(200)).is_err(), "{call}");
        cancel.cancel();
        let result = ended.recv_timeout(Duration::from_secs(10)).expect(&call);
        assert!(matches!(result.outcome.unwrap_err().kind, FailureKind::Cancelled), "{call}");
    }
}

/// The threads of this process with this name.
#[cfg(target_os = "linux")]
fn threads(name: &str) -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|it| std::fs::read_to_string(it.ok()?.path().join("comm")).ok());
    names.filter(|it| it.trim() == name).count()
}

#[cfg(target_os = "linux")]
#[test]
fn requests_leave_no_threads_behind() {
    let server = Server::start(SERVER);
    for path in ["/json", "/hang", "/fail"] {
        let client = format!(
            "http.NewClient(timeout: {})",
            if path == "/hang" { 50_000_000 } else { 60_000_000_000_i64 }
        );
        let body = format!(
            "Main() {{ return: http.Get(url: \"{}{path}\", client: {client}) }}",
            server.url
        );
        let result = with_access(&["net/http"], &body, HostAccess::ALL);
        assert_eq!(result.is_err(), path == "/hang", "{result:?}");
    }
    server.stop();
    // Other tests have such threads, too, but not forever.
    let gone = (0..400).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        threads("ko-http") + threads("ko-serve") == 0
    });
    assert!(gone, "{} and {}", threads("ko-http"), threads("ko-serve"));
}
