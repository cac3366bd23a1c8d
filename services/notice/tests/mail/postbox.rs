//! A small SMTP server that keeps what it receives, and answers as it is told to.

use std::sync::{Arc, Mutex};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::{JoinHandle, JoinSet},
};

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Takes everything.
    Takes,
    /// Refuses addressees that begin so, with that code.
    Refuses(&'static str, u16),
    /// Takes the message, and never says so.
    TakesInSilence,
    /// Does not let us in.
    ShutsOut,
}

/// What was received.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    pub raw: String,
}

/// The server. It is out of reach once dropped.
pub struct Postbox {
    pub port: u16,
    kept: Arc<Kept>,
    serving: JoinHandle<()>,
}

impl Drop for Postbox {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

struct Kept {
    mails: Mutex<Vec<Mail>>,
    manner: Mutex<Manner>,
    received: Notify,
    logins: Mutex<Vec<String>>,
}

impl Postbox {
    pub async fn open() -> Self {
        Self::open_on(local_servers::free_port().expect("a port")).await
    }

    pub async fn open_on(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
        let kept = Arc::new(Kept {
            mails: Mutex::default(),
            manner: Mutex::new(Manner::Takes),
            received: Notify::new(),
            logins: Mutex::default(),
        });
        let with = kept.clone();
        let serving = tokio::spawn(async move {
            let mut talks = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let kept = with.clone();
                talks.spawn(async move { drop(talk(stream, &kept).await) });
            }
        });
        Self { port, kept, serving }
    }

    pub fn behaves(&self, manner: Manner) {
        *self.kept.manner.lock().expect("a lock") = manner;
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.kept.mails.lock().expect("a lock").clone()
    }

    pub fn logins(&self) -> Vec<String> {
        self.kept.logins.lock().expect("a lock").clone()
    }

    /// Waits for the next message.
    pub async fn receives(&self) {
        self.kept.received.notified().await;
    }
}

async fn talk(stream: TcpStream, kept: &Kept) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut reading = BufReader::new(reading);
    let mut to = String::new();
    writing.write_all(b"220 essai ESMTP\r\n").await?;
    loop {
        let mut line = String::new();
        if reading.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let manner = *kept.manner.lock().expect("a lock");
        let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-essai\r\n250 AUTH PLAIN LOGIN".to_owned(),
            "AUTH" if manner == Manner::ShutsOut => "535 no".to_owned(),
            "AUTH" => {
                let login = line.split_whitespace().nth(2).unwrap_or_default();
                let login = STANDARD.decode(login).expect("base64");
                kept.logins.lock().expect("a lock").push(String::from_utf8_lossy(&login).into_owned());
                "235 welcome".to_owned()
            }
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                match manner {
                    Manner::Refuses(begins, code) if to.starts_with(begins) => format!("{code} no <{to}>"),
                    _ => "250 ok".to_owned(),
                }
            }
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await?;
                let raw = data(&mut reading).await?;
                kept.mails.lock().expect("a lock").push(Mail { to: to.clone(), raw });
                kept.received.notify_one();
                if manner == Manner::TakesInSilence {
                    std::future::pending::<()>().await;
                }
                "250 kept".to_owned()
            }
            "QUIT" => "221 bye".to_owned(),
            _ => "250 ok".to_owned(),
        };
        writing.write_all(format!("{answer}\r\n").as_bytes()).await?;
        if verb == "QUIT" {
            return Ok(());
        }
    }
}

async fn data(reading: &mut BufReader<tokio::net::tcp::OwnedReadHalf>) -> std::io::Result<String> {
    let mut raw = String::new();
    loop {
        let mut line = String::new();
        if reading.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(raw);
        }
        raw.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

impl Mail {
    /// A header, unfolded, as it was written.
    pub fn header(&self, name: &str) -> String {
        let head = self.raw.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let begin = format!("{}:", name.to_lowercase());
        let line = head.lines().find(|line| line.to_lowercase().starts_with(&begin));
        line.map(|line| line[begin.len()..].trim().to_owned()).unwrap_or_default()
    }

    /// The subject as it is read.
    pub fn subject(&self) -> String {
        let subject = self.header("Subject");
        let (mut read, mut encoded) = (String::new(), true);
        for word in subject.split(' ') {
            let inner = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
            // Space is of the text, but between two encoded words.
            if !(read.is_empty() || encoded && inner.is_some()) {
                read.push(' ');
            }
            encoded = inner.is_some();
            match inner {
                Some(inner) => {
                    read.push_str(
                        &String::from_utf8(STANDARD.decode(inner).expect("base64")).expect("UTF-8"),
                    );
                }
                None => read.push_str(word),
            }
        }
        read.trim().to_owned()
    }

    /// The text as it is read.
    pub fn text(&self) -> String {
        let body = self.raw.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        let bytes = match self.header("Content-Transfer-Encoding").as_str() {
            "base64" => STANDARD.decode(body.replace("\r\n", "")).expect("base64"),
            "quoted-printable" => quoted_printable(body),
            _ => body.as_bytes().to_vec(),
        };
        String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n")
    }
}

fn quoted_printable(body: &str) -> Vec<u8> {
    let joined = body.replace("=\r\n", "");
    let mut bytes = joined.bytes();
    let mut read = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'=' {
            let code = [bytes.next().expect("a digit"), bytes.next().expect("a digit")];
            let code = std::str::from_utf8(&code).expect("ASCII");
            read.push(u8::from_str_radix(code, 16).expect("hexadecimal"));
        } else {
            read.push(byte);
        }
    }
    read
}
