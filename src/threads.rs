//! Which threads come first where there are more of them than cores.

use rustix::process::setpriority_process;
use rustix::thread::gettid;

/// How far a thread stands behind those that answer, which stand at 0 unless the whole process was started behind (`nice`,
/// to 19): when more comes in than the cores can do, who asks waits for no one's turn.
#[derive(Clone, Copy)]
pub enum Behind {
    /// One that all writing waits for.
    Writer = 5,
    /// Several that do what can wait a millisecond.
    Helper = 10,
}

/// Lets the calling thread give way.
pub fn give_way(behind: Behind) {
    // Linux counts it for each thread, whatever POSIX says. Where it is refused everything works, only less evenly.
    if let Err(error) = setpriority_process(Some(gettid()), behind as i32) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}
