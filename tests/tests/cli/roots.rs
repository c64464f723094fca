//! Where packages are found: `ko.toml` and `KOPATH`.

use super::{Ko, folder, run};

const MAIN: &str =
    "import \"tools/text\"\n\nMain() { return: text.Where() }\nTestMain() { return: Main() }\n";

/// A package `tools/text` that says where it is.
fn text(place: &str) -> String {
    format!("Where() {{ return: \"{place}\" }}\n")
}

fn project(manifest: &str) -> tempfile::TempDir {
    folder(&[
        ("project/ko.toml", manifest),
        ("project/code/app/main.ko", MAIN),
        ("libraries/tools/text/a.ko", &text("library")),
        ("path/src/tools/text/a.ko", &text("path")),
    ])
}

const MANIFEST: &str = "[package]\nroots = [\"code\"]\nlibraries = [\"../libraries\"]\n";

#[test]
fn the_projects_own_packages_come_first_then_its_libraries_then_kopath() {
    let folder = project(MANIFEST);
    let app = folder.path().join("project/code/app");
    let main = |expected: &str| {
        let kopath = folder.path().join("path");
        let done = Ko::new(&app, &["play", "app/Main"]).env("KOPATH", kopath).done();
        assert_eq!((done.code, done.out), (0, format!("\"{expected}\"\n")), "{}", done.err);
    };
    main("library");
    std::fs::write(folder.path().join("project/ko.toml"), "[package]\nroots = [\"code\"]\n")
        .unwrap();
    main("path");
    let own = folder.path().join("project/code/tools/text");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("a.ko"), text("own")).unwrap();
    main("own");
}

#[test]
fn every_command_follows_the_project() {
    let folder = project(MANIFEST);
    let app = folder.path().join("project/code/app");
    for arguments in [
        &["check", "."][..],
        &["test"],
        &["test", "app"],
        &["run", "--sandbox", ".", "Main"],
        &["graph", ".", "Main"],
    ] {
        let done = run(&app, arguments);
        assert_eq!(done.code, 0, "{arguments:?}: {}{}", done.out, done.err);
    }
    // From outside, too: the path says which project it is.
    for arguments in [&["check", "project"][..], &["test", "project/code/..."], &["check", "."]] {
        let done = run(folder.path(), arguments);
        assert_eq!(done.code, 0, "{arguments:?}: {}{}", done.out, done.err);
    }
    let done = run(folder.path(), &["test", "project"]);
    assert!(done.out.starts_with("app\n"), "{}", done.out);
}

#[test]
fn a_wrong_manifest_is_an_error_with_its_place_and_an_unknown_key_a_warning() {
    let folder = project("[package]\nroot = [\"code\"]\n");
    let project = folder.path().join("project");
    let done = run(&project, &["check", "code"]);
    for part in
        ["ko.toml:2:1: warning: the key `root` means nothing; did you mean `roots`?", "2 │ root"]
    {
        assert!(done.err.contains(part), "{part} is missing in\n{}", done.err);
    }
    for (manifest, said) in [
        ("[package\nroots = [\"code\"]\n", "ko.toml:1:"),
        ("[package]\nroots = 3\n", "ko.toml:2:9: error: `roots` is a list of folders"),
    ] {
        std::fs::write(project.join("ko.toml"), manifest).unwrap();
        for arguments in [&["check", "code"][..], &["test"], &["play", "app/Main"]] {
            let done = run(&project, arguments);
            assert_eq!((done.code, done.out.as_str()), (2, ""), "{arguments:?}");
            assert!(done.err.contains(said), "{}", done.err);
            assert!(done.err.contains("mend ko.toml"), "{}", done.err);
        }
    }
}

#[test]
fn programs_can_ask_where_their_packages_are() {
    let folder = folder(&[
        ("project/ko.toml", ""),
        (
            "path/src/tools/where/a.ko",
            "import \"repo\"\n\nMain() { return: (path: repo.Path(), roots: Len(repo.Roots())) }\n",
        ),
    ]);
    let kopath = folder.path().join("path");
    let project = folder.path().join("project");
    let done = Ko::new(&project, &["play", "--json", "tools/where/Main"]).env("KOPATH", &kopath);
    let done = done.done();
    assert_eq!(done.code, 0, "{}", done.err);
    let src = serde_json::to_string(&kopath.join("src")).unwrap();
    assert!(done.out.contains(&src), "{src}: {}", done.out);
}

#[test]
fn expressions_and_runs_know_where_packages_are_too() {
    let folder = folder(&[
        ("project/ko.toml", "[package]\nroots = [\"code\"]\n"),
        ("project/code/where/a.ko", "import \"repo\"\n\nMain() { return: repo.Path() }\n"),
    ]);
    let project = folder.path().join("project");
    let code = serde_json::to_string(&project.canonicalize().unwrap().join("code")).unwrap();
    for arguments in [
        &["eval", "--import", "repo", "-e", "repo.Path()"][..],
        &["run", "--sandbox", "-q", "code/where", "Main"],
        &["play", "where/Main"],
    ] {
        let done = run(&project, arguments);
        assert_eq!((done.code, done.out.trim()), (0, &*code), "{arguments:?}: {}", done.err);
    }
    let done = Ko::new(&project, &["repl"]).with_input("import \"repo\"\nrepo.Path()\n");
    assert!(done.out.contains(&code), "{}{}", done.out, done.err);
}

#[test]
fn a_package_comes_before_a_folder_of_its_name_and_a_dot_means_the_folder() {
    let folder = folder(&[
        ("project/ko.toml", "[package]\nroots = [\"code\"]\n"),
        ("project/code/shop/a.ko", "TestOfThePackage() { return: 1 }\n"),
        ("project/code/shop/deep/a.ko", "TestDeep() { return: 1 }\n"),
        ("project/shop/a.ko", "TestOfTheFolder() { return: 1 }\n"),
    ]);
    let project = folder.path().join("project");
    let tests = |target: &str| {
        let done = run(&project, &["test", "--list", target]);
        assert_eq!(done.code, 0, "{target}: {}", done.err);
        done.out.lines().map(|it| it.rsplit('/').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(tests("shop"), ["TestOfThePackage"]);
    assert_eq!(tests("shop/..."), ["TestOfThePackage", "TestDeep"]);
    assert_eq!(tests("./shop"), ["TestOfTheFolder"]);
    assert_eq!(tests("code/shop"), ["TestOfThePackage", "TestDeep"], "a folder with all below");
    assert_eq!(tests("shop/TestOfThePackage"), ["TestOfThePackage"]);
    let absolute = project.join("shop");
    assert_eq!(tests(absolute.to_str().unwrap()), ["TestOfTheFolder"]);
}

#[test]
fn each_of_several_projects_means_its_own_packages() {
    let folder = folder(&[
        ("one/ko.toml", ""),
        ("one/shop/a.ko", "Price() { return: 1 }\n"),
        ("one/app/a.ko", "import \"shop\"\n\nTestOne() { return: Sum(shop.Price(), 1) }\n"),
        ("two/ko.toml", "[package]\nroots = [\"src\"]\n"),
        ("two/src/shop/a.ko", "Price() { return: \"two\" }\n"),
        ("two/src/app/a.ko", "import \"shop\"\n\nTestTwo() { return: shop.Price() }\n"),
    ]);
    for arguments in [&["check", "."][..], &["check", "one", "two/src/app"], &["test", "./..."]] {
        let done = run(folder.path(), arguments);
        assert_eq!(done.code, 0, "{arguments:?}: {}{}", done.out, done.err);
    }
    let wrong = "import \"shop\"\n\nMain() { return: Sum(shop.Price(), 1) }\n";
    std::fs::write(folder.path().join("two/src/app/b.ko"), wrong).unwrap();
    let done = run(folder.path(), &["check", "."]);
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    assert!(done.err.contains("b.ko:3"), "{}{}", done.out, done.err);
}
