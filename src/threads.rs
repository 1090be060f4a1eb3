//! Which threads come first where there are more of them than cores.

use rustix::process::setpriority_process;
use rustix::thread::gettid;

/// How far behind the others a thread stands that has much to do and no one who waits for its next millisecond (`nice`,
/// -20 to 19; the others stand at 0, unless the whole process was started behind).
const BEHIND: i32 = 10;

/// Lets the calling thread give way: to those that answer, when what comes in is more than the cores can do.
pub fn give_way() {
    // Linux counts it for each thread, whatever POSIX says. Where it is refused everything works, only less evenly.
    if let Err(error) = setpriority_process(Some(gettid()), BEHIND) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}
