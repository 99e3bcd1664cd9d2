//! `quarterdeck`: one binary for the panel, the worker and the command line.

use std::process::ExitCode;

/// A page of rows is many small pieces of memory; this allocator hands them out faster than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    quarterdeck::cli::run(std::env::args_os())
}
