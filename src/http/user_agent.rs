//! What a browser says of itself: enough for a device and a browser's name, where an event has neither.

use warp::http::HeaderMap;
use warp::http::header::ACCEPT_LANGUAGE;

use crate::model::wire::is_language;

pub struct Agent {
    pub device: &'static str,
    pub browser: Option<&'static str>,
}

/// `None` for anything that is not a person's browser: servers, scripts, crawlers.
pub fn read(user_agent: &str) -> Option<Agent> {
    let lower = user_agent.to_ascii_lowercase();
    let crawler = ["bot", "crawl", "spider", "headless", "preview"].iter().any(|word| lower.contains(word));
    if !lower.starts_with("mozilla/") || crawler {
        return None;
    }
    Some(Agent { device: device(&lower), browser: browser(&lower) })
}

fn device(lower: &str) -> &'static str {
    let android = lower.contains("android");
    if lower.contains("ipad") || lower.contains("tablet") || (android && !lower.contains("mobile")) {
        "tablet"
    } else if lower.contains("mobi") || lower.contains("iphone") || android {
        "mobile"
    } else {
        "desktop"
    }
}

/// The more particular names first: nearly every browser also names those it descends from.
fn browser(lower: &str) -> Option<&'static str> {
    [
        ("edg", "Edge"),
        ("opr/", "Opera"),
        ("samsungbrowser", "Samsung Internet"),
        ("firefox", "Firefox"),
        ("fxios", "Firefox"),
        ("crios", "Chrome"),
        ("chrome", "Chrome"),
        ("safari", "Safari"),
    ]
    .iter()
    .find(|(mark, _)| lower.contains(mark))
    .map(|(_, name)| *name)
}

/// The language that a browser asks for first: the primary subtag, where that has two or three letters.
pub fn language(headers: &HeaderMap) -> Option<&str> {
    let asked = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let first = asked.split([',', ';']).next()?.trim();
    first.split('-').next().filter(|tag| is_language(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart_and_servers_are_none() {
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0";
        let agent = read(iphone).unwrap();
        assert_eq!((agent.device, agent.browser), ("mobile", Some("Safari")));
        let agent = read(edge).unwrap();
        assert_eq!((agent.device, agent.browser), ("desktop", Some("Edge")));
        assert!(read("curl/8.0").is_none());
        assert!(read("Mozilla/5.0 (compatible; Googlebot/2.1)").is_none());
    }
}
