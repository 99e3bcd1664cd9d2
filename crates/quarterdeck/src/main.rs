//! `quarterdeck`: one binary for the panel, the worker and the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    quarterdeck::cli::run(std::env::args_os())
}
