//! What is asked after what.

use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Intents;
use crate::limits::OTHER;

/// The name that stands for the end of a session.
pub const END: &str = "(end)";

/// How much of the paths is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathShape {
    /// From 2 to `PATH_STEPS_MAX`.
    pub steps: usize,
    /// The most triggered intents that are told apart, up to `PATH_NAMES_MAX`.
    pub names: usize,
}

/// An intent in a session's path, and the sessions that are meant by it: those that ask for it as their so many-th.
#[derive(Clone, Debug, PartialEq)]
pub struct PathPlace {
    /// From 1.
    pub step: usize,
    pub intent: String,
    /// What comes next, where that matters too.
    pub next: Option<PathNext>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PathNext {
    Intent(String),
    /// Nothing.
    End,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Paths {
    /// With an intent in the window.
    pub sessions: u64,
    /// By step, those of most sessions first, then by name.
    pub nodes: Vec<PathNode>,
    /// By step, those of most sessions first, then by names.
    pub links: Vec<PathLink>,
    /// A day had more intents than are told apart: others may be among the most triggered.
    pub truncated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PathNode {
    /// From 1.
    pub step: usize,
    /// An intent, `(other)` for those beyond the limit, or `(end)` for sessions that asked for nothing more.
    pub name: Box<str>,
    pub sessions: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PathLink {
    /// Of `from`; `to` is at the next one.
    pub step: usize,
    pub from: Box<str>,
    pub to: Box<str>,
    pub sessions: u64,
}

/// The intents that are told apart: the most triggered ones. Names that stand for something else are never among them.
pub fn told_apart(intents: &Intents, names: usize) -> Vec<Box<str>> {
    let rows = intents.rows.iter().filter(|row| ![OTHER, END].contains(&&*row.intent));
    rows.take(names).map(|row| row.intent.clone()).collect()
}

/// Counts paths. Names go by their places; the place after the last name is that of all others, and the one after it that of
/// the end.
pub struct Tally<'a> {
    names: &'a [Box<str>],
    sessions: u64,
    /// By step and name.
    nodes: Vec<Vec<u64>>,
    /// By step, name, and name after it.
    links: Vec<Vec<Vec<u64>>>,
}

impl<'a> Tally<'a> {
    pub fn of(shape: PathShape, names: &'a [Box<str>]) -> Self {
        let places = names.len() + 2;
        Self {
            names,
            sessions: 0,
            nodes: vec![vec![0; places]; shape.steps],
            links: vec![vec![vec![0; places]; places]; shape.steps - 1],
        }
    }

    /// Adds a session by the places of its intents, in order, of which there is at least one; none of those beyond the last
    /// step is looked at.
    pub fn add(&mut self, path: impl IntoIterator<Item = usize>) {
        let end = self.names.len() + 1;
        self.sessions += 1;
        let mut before = None;
        for (step, place) in path.into_iter().chain([end]).take(self.nodes.len()).enumerate() {
            self.nodes[step][place] += 1;
            if let Some(before) = before.replace(place) {
                self.links[step - 1][before][place] += 1;
            }
        }
    }

    pub fn paths(self, truncated: bool) -> Paths {
        let name = |place: usize| -> Box<str> {
            match self.names.get(place) {
                Some(name) => name.clone(),
                None if place == self.names.len() => OTHER.into(),
                None => END.into(),
            }
        };
        let mut nodes = Vec::new();
        for (step, of_step) in (1..).zip(&self.nodes) {
            for (place, sessions) in of_step.iter().enumerate().filter(|(_, sessions)| **sessions > 0) {
                nodes.push(PathNode { step, name: name(place), sessions: *sessions });
            }
        }
        nodes.sort_by(|one, other| {
            one.step.cmp(&other.step).then(other.sessions.cmp(&one.sessions)).then_with(|| one.name.cmp(&other.name))
        });
        let mut links = Vec::new();
        for (step, of_step) in (1..).zip(&self.links) {
            for (from, of_name) in of_step.iter().enumerate() {
                for (to, sessions) in of_name.iter().enumerate().filter(|(_, sessions)| **sessions > 0) {
                    links.push(PathLink { step, from: name(from), to: name(to), sessions: *sessions });
                }
            }
        }
        links.sort_by(|one, other| {
            let by_names = || (&one.from, &one.to).cmp(&(&other.from, &other.to));
            one.step.cmp(&other.step).then(other.sessions.cmp(&one.sessions)).then_with(by_names)
        });
        Paths { sessions: self.sessions, nodes, links, truncated }
    }
}
