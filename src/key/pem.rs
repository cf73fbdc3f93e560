//! The text form of public and private keys.
use super::KeyError;
use data_encoding::BASE64;
use zeroize::Zeroizing;

/// The inside of the one PEM block with this label; or of base64 alone, as dashboards show it.
pub(crate) fn der(text: &str, label: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let wrong = KeyError::Undecodable { expected: "one PEM block of the right kind, or the base64 in it" };
    let text = text.trim();
    if text.is_empty() {
        return Err(KeyError::Empty);
    }
    let inside = match text.strip_prefix("-----BEGIN ") {
        None => text,
        Some(block) => {
            let block =
                block.strip_prefix(label).and_then(|block| block.strip_prefix("-----")).ok_or(wrong)?;
            let block =
                block.strip_suffix("-----").and_then(|block| block.strip_suffix(label)).ok_or(wrong)?;
            block.strip_suffix("-----END ").ok_or(wrong)?
        }
    };
    let base64: Zeroizing<Vec<u8>> =
        Zeroizing::new(inside.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect());
    let der = BASE64.decode(&base64).map(Zeroizing::new).map_err(|_| wrong)?;
    if der.is_empty() { Err(wrong) } else { Ok(der) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_block_of_the_right_kind() {
        let pem = "-----BEGIN PUBLIC KEY-----\nD6A=\n-----END PUBLIC KEY-----\n";
        for right in [pem, &pem.replace('\n', "\r\n"), "D6A=", " D6\nA=\n"] {
            let inside = der(right, "PUBLIC KEY").map(|der| der.to_vec());
            assert_eq!(inside, Ok(vec![0x0f, 0xa0]), "{right:?}");
        }
        for wrong in [
            "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
            "-----BEGIN PRIVATE KEY-----\nD6A=\n-----END PRIVATE KEY-----",
            "-----BEGIN PUBLIC KEY-----\nD6A=\n-----END PRIVATE KEY-----",
            "-----BEGIN PUBLIC KEY-----\nD6A=",
            "D6A",
            &format!("{pem}{pem}"),
        ] {
            assert!(matches!(der(wrong, "PUBLIC KEY"), Err(KeyError::Undecodable { .. })), "{wrong:?}");
        }
        assert_eq!(der(" \n", "PUBLIC KEY").err(), Some(KeyError::Empty));
    }
}
