//! Verdicts on recorded deliveries.
mod cache;
mod endpoint;
mod keys;
mod line;
mod lines;
mod options;
mod progress;
mod variants;

use self::{
    cache::Cache,
    endpoint::{Built, Judgement},
    line::{Line, Malformed},
    progress::Progress,
};
use super::{FAILURE, Failure, SUCCESS, Streams, arguments::Verify};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufReader, BufWriter, Read, Write},
};

const BUFFER: usize = 256 << 10;

/// How many unknown options are remembered, so that each is warned of once.
const MOST_WARNINGS: usize = 100;

pub(super) fn run(arguments: &Verify, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let path = &arguments.deliveries;
    let Streams { stdin, stdout, stderr, has_terminal } = streams;
    let (input, total): (Box<dyn Read + '_>, _) = if path.as_os_str() == "-" {
        (Box::new(stdin), None)
    } else {
        let file = File::open(path);
        let file =
            file.map_err(|error| Failure::Usage(format!("cannot open `{}`: {error}", path.display())))?;
        let length = file.metadata().ok().filter(|file| file.is_file()).map(|file| file.len());
        (Box::new(file), length)
    };
    let mut judge = Judge {
        cache: Cache::default(),
        warned: BTreeSet::new(),
        progress: Progress::new(*has_terminal, total),
        stderr: &mut **stderr,
        line: 0,
        has_failed: false,
    };
    let mut input = BufReader::with_capacity(BUFFER, input);
    let mut output = BufWriter::with_capacity(BUFFER, &mut **stdout);
    let result = judge.all(&mut input, &mut output);
    judge.progress.clear(judge.stderr);
    let has_failed = judge.has_failed;
    // What is judged already is worth having, whatever happened then.
    let flushed = output.flush().map_err(Failure::output);
    result.and(flushed)?;
    Ok(if has_failed { FAILURE } else { SUCCESS })
}

struct Judge<'a> {
    cache: Cache,
    warned: BTreeSet<String>,
    progress: Progress,
    stderr: &'a mut dyn Write,
    /// The number of the line that is judged.
    line: u64,
    has_failed: bool,
}

impl Judge<'_> {
    fn all(&mut self, input: &mut BufReader<impl Read>, output: &mut impl Write) -> Result<(), Failure> {
        let (mut buffer, mut bytes) = (Vec::new(), 0_u64);
        loop {
            // Whoever waits for a verdict before he sends the next delivery has it.
            if input.buffer().is_empty() {
                output.flush().map_err(Failure::output)?;
            }
            let line = lines::next(input, &mut buffer);
            let line =
                line.map_err(|error| Failure::Failed(format!("cannot read the deliveries: {error}")))?;
            let Some(line) = line else { return Ok(()) };
            self.line = self.line.saturating_add(1);
            match line {
                lines::Line::TooLong => {
                    self.malformed(&format!("it is longer than {} MiB", lines::LONGEST >> 20));
                }
                lines::Line::Text(text) => {
                    bytes = bytes.saturating_add(text.len() as u64).saturating_add(1);
                    if !text.iter().all(u8::is_ascii_whitespace) {
                        match self.judge(text, output) {
                            Ok(written) => written.map_err(Failure::output)?,
                            Err(Malformed(message)) => self.malformed(&message),
                        }
                    }
                }
            }
            self.progress.show(self.stderr, self.line, bytes);
        }
    }

    /// Writes the verdict on the delivery of a line.
    fn judge(&mut self, text: &[u8], output: &mut impl Write) -> Result<std::io::Result<()>, Malformed> {
        let line = Line::read(text)?;
        let received = line.request()?;
        let (built, unknown) = self.cache.get(&line, line.content());
        let Judgement { verdict, kind } = match built {
            Built::Endpoint(endpoint) => endpoint.judge(&line.url, &received),
            Built::Judged(judgement) => *judgement,
            Built::Malformed(message) => return Err(Malformed(message.clone())),
        };
        for name in unknown {
            self.warn_of(name);
        }
        let id = line.id.get();
        Ok(writeln!(output, r#"{{"id":{id},"verdict":"{verdict}","kind":"{kind}"}}"#))
    }

    fn warn_of(&mut self, option: String) {
        if self.warned.len() < MOST_WARNINGS && !self.warned.contains(&option) {
            self.say(&format!("warning: line {}: the option {option:?} is unknown, and ignored", self.line));
            self.warned.insert(option);
        }
    }

    fn malformed(&mut self, message: &str) {
        self.has_failed = true;
        self.say(&format!("line {} is malformed: {message}", self.line));
    }

    fn say(&mut self, message: &str) {
        self.progress.clear(self.stderr);
        let _ = writeln!(self.stderr, "tower-webhook: {message}");
    }
}
