//! Package `os`.

use super::{
    Call, Gate,
    file::{failed, path_of},
    process::{self, Task},
};
use crate::{host::Effect, machine::Outcome, value::Value};

pub(super) const GATES: &[(&str, Gate)] =
    &[("Env", env), ("Exit", exit), ("Mkdir", mkdir), ("Task", task), ("TempDir", temp_dir)];

/// Ends the process, with the exit code in its lowest eight bits as systems do.
fn exit(call: &mut Call<'_, '_>) -> Outcome {
    let code = call.int("code", 0)?;
    call.allow(Effect::Exit)?;
    std::process::exit(i32::try_from(code).unwrap_or(1));
}

fn env(call: &mut Call<'_, '_>) -> Outcome {
    let name = call.text("name")?;
    call.allow(Effect::Environment)?;
    // Names with these are an error of the system's, and are not set.
    if name.is_empty() || name.contains(['=', '\0']) {
        return Ok(Value::from(""));
    }
    let value = std::env::var_os(&name).unwrap_or_default();
    Ok(Value::string(value.as_encoded_bytes()))
}

fn temp_dir(_: &mut Call<'_, '_>) -> Outcome {
    Ok(Value::string(std::env::temp_dir().as_os_str().as_encoded_bytes()))
}

/// Empty when it worked, an error when not (specification §11, Q20).
fn mkdir(call: &mut Call<'_, '_>) -> Outcome {
    let path = path_of(call, "path")?;
    call.allow(Effect::WriteFiles)?;
    match std::fs::create_dir_all(&path) {
        Ok(()) => Ok(Value::Empty),
        Err(error) => failed(call, "make the directory", &path, &error),
    }
}

/// Runs a program. What it wrote is shown only if it failed.
fn task(call: &mut Call<'_, '_>) -> Outcome {
    let texts = |list: Vec<&[u8]>| -> Vec<String> {
        list.into_iter().map(|it| String::from_utf8_lossy(it).into_owned()).collect()
    };
    let directory = call.text("dir")?;
    let task = Task {
        binary: path_of(call, "binary")?,
        arguments: texts(call.list("arg")?),
        environment: texts(call.list("env")?),
        directory: (!directory.is_empty()).then(|| directory.into()),
    };
    call.allow(Effect::Processes)?;
    let ended = process::run(&task, || call.machine.check())?;
    let (success, status, output) = match ended {
        Ok(ended) => (ended.success, ended.status, ended.output),
        Err(error) => (false, format!("it cannot be started: {error}"), String::new()),
    };
    if !success {
        let text = match call.has_secret() {
            true => format!("a task failed ({status}); the rest is secret, as its arguments are\n"),
            false => {
                let name = call.text_or("name", &task.binary)?;
                let end = if output.is_empty() || output.ends_with('\n') { "" } else { "\n" };
                format!("the task {name} failed ({status}):\n{output}{end}")
            }
        };
        call.machine.run.write(text, true)?;
    }
    Ok(success.into())
}
