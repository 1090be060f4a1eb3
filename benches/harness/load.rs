//! Many connections that send prepared bytes, from one thread: 64 threads would take from the server what they wait with.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep_until;

use super::answer::Head;
use super::times::Times;

/// Room for an answer in one read.
const READ_BYTES: usize = 16 * 1024;

pub struct Load<'a> {
    pub address: SocketAddr,
    pub connections: usize,
    pub requests: &'a [Vec<u8>],
    pub course: Course,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Course {
    /// Every request once; one that is refused is sent again.
    Once,
    /// The same, so many a second at most.
    Paced(f64),
    /// From the first to the last, and again.
    Repeated,
}

/// What came of it.
pub struct Answers {
    pub elapsed: Duration,
    /// Answered with 200.
    pub taken: Times,
    /// Answered with 503.
    pub refused: Times,
    pub refused_without_retry_after: usize,
}

impl Answers {
    pub fn taken_per_second(&self) -> f64 {
        self.taken.count() as f64 / self.elapsed.as_secs_f64()
    }
}

impl Load<'_> {
    /// Sends until all is taken or `is_over`.
    ///
    /// # Panics
    /// Where anything is answered with neither 200 nor 503.
    pub fn run(&self, is_over: impl Fn() -> bool) -> Answers {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let connecting = (0..self.connections).map(|_| TcpStream::connect(self.address));
            let connections = join_all(connecting).await;
            let sending = Sending::new(self, is_over);
            join_all(connections.into_iter().map(|stream| sending.over(stream.expect("it listens")))).await;
            sending.answers()
        })
    }
}

struct Sending<'a, O> {
    load: &'a Load<'a>,
    is_over: O,
    started: Instant,
    /// Requests begun so far, those sent again included.
    begun: Cell<usize>,
    /// The next one that was not sent before.
    next: Cell<usize>,
    refused: RefCell<VecDeque<usize>>,
    taken_in: RefCell<Vec<Duration>>,
    refused_in: RefCell<Vec<Duration>>,
    refused_without_retry_after: Cell<usize>,
}

impl<'a, O: Fn() -> bool> Sending<'a, O> {
    fn new(load: &'a Load<'a>, is_over: O) -> Self {
        Self {
            load,
            is_over,
            started: Instant::now(),
            begun: Cell::default(),
            next: Cell::default(),
            refused: RefCell::default(),
            taken_in: RefCell::default(),
            refused_in: RefCell::default(),
            refused_without_retry_after: Cell::default(),
        }
    }

    async fn over(&self, mut stream: TcpStream) {
        stream.set_nodelay(true).expect("a socket");
        let mut read = Vec::with_capacity(READ_BYTES);
        while let Some(number) = self.next().await {
            let sent = Instant::now();
            stream.write_all(&self.load.requests[number]).await.expect("it takes the request");
            let head = answer(&mut stream, &mut read).await;
            self.answered(number, head, sent.elapsed(), &read);
        }
    }

    async fn next(&self) -> Option<usize> {
        if let Course::Paced(per_second) = self.load.course {
            self.due(per_second).await;
        }
        if self.is_over() {
            return None;
        }
        if let Some(refused) = self.refused.borrow_mut().pop_front() {
            return Some(refused);
        }
        let number = self.next.get();
        self.next.set(number + 1);
        Some(number % self.load.requests.len())
    }

    fn is_over(&self) -> bool {
        let all_begun = self.load.course != Course::Repeated && self.next.get() >= self.load.requests.len();
        (self.is_over)() || all_begun && self.refused.borrow().is_empty()
    }

    /// Waits until one more request is due, or none will be.
    async fn due(&self, per_second: f64) {
        while !self.is_over() {
            let due = self.started + Duration::from_secs_f64(self.begun.get() as f64 / per_second);
            if due <= Instant::now() {
                self.begun.set(self.begun.get() + 1);
                return;
            }
            sleep_until(due.into()).await;
        }
    }

    fn answered(&self, number: usize, head: Head, took: Duration, read: &[u8]) {
        match head.status {
            200 => self.taken_in.borrow_mut().push(took),
            503 => {
                self.refused_in.borrow_mut().push(took);
                self.refused.borrow_mut().push_back(number);
                let without = self.refused_without_retry_after.get() + usize::from(!head.has_retry_after);
                self.refused_without_retry_after.set(without);
            }
            status => panic!("{status}: {}", String::from_utf8_lossy(read)),
        }
    }

    fn answers(self) -> Answers {
        Answers {
            elapsed: self.started.elapsed(),
            taken: Times::of(self.taken_in.into_inner()),
            refused: Times::of(self.refused_in.into_inner()),
            refused_without_retry_after: self.refused_without_retry_after.get(),
        }
    }
}

/// Reads one answer.
async fn answer(stream: &mut TcpStream, read: &mut Vec<u8>) -> Head {
    read.clear();
    loop {
        let length = stream.read_buf(read).await.expect("an answer");
        assert!(length > 0, "the connection ended");
        if let Some(head) = Head::read(read)
            && read.len() >= head.length + head.body_length
        {
            return head;
        }
    }
}
