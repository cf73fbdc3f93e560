//! Bodies that are encrypted with AES.
//!
//! CBC authenticates nothing: whoever learns of ciphertexts of their own whether they decrypt can read those of others
//! (a padding oracle). So nothing is decrypted before its signature holds, and whatever is wrong with it, it is
//! [`Refusal::Undecryptable`]. The one exception, a handshake that is not signed, is [`Lark`](crate::providers::Lark)'s.
use crate::{scheme::Refusal, time::Timestamp};
use aes::Aes256;
#[cfg(feature = "aws-lc")]
use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead as _, Payload},
};
use cbc::cipher::{
    BlockModeDecrypt as _, BlockModeEncrypt as _, InnerIvInit as _, KeyInit as _, block_padding::NoPadding,
};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// AES-256 in CBC mode, padded as PKCS #7 does, but to blocks of `PADDED` bytes. Wiped on drop.
#[derive(Clone)]
pub(crate) struct Cbc<const PADDED: usize> {
    cipher: Aes256,
    deriving: Deriving,
}

impl<const PADDED: usize> Cbc<PADDED> {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self { cipher: Aes256::new(key.into()), deriving: Deriving::new(key) }
    }

    pub(crate) fn decrypt(&self, iv: &[u8; 16], ciphertext: &[u8]) -> Result<Vec<u8>, Refusal> {
        let mut plain = ciphertext.to_vec();
        let cipher = cbc::Decryptor::inner_iv_init(self.cipher.clone(), iv.into());
        cipher.decrypt_padded::<NoPadding>(&mut plain).map_err(|_| Refusal::Undecryptable)?;
        let length = unpadded::<PADDED>(&plain).ok_or(Refusal::Undecryptable)?;
        plain.truncate(length);
        Ok(plain)
    }

    pub(crate) fn encrypt(&self, iv: &[u8; 16], plain: &[u8]) -> Vec<u8> {
        let padding = PADDED.saturating_sub(plain.len().checked_rem(PADDED).unwrap_or_default());
        let mut padded = plain.to_vec();
        padded.extend(std::iter::repeat_n(padding as u8, padding));
        let length = padded.len();
        let cipher = cbc::Encryptor::inner_iv_init(self.cipher.clone(), iv.into());
        // Blocks are whole now, so there is no error.
        match cipher.encrypt_padded::<NoPadding>(&mut padded, length) {
            Ok(_) => padded,
            Err(_) => Vec::new(),
        }
    }

    /// What a sender would draw at random, up to 32 bytes.
    pub(crate) fn derive<const N: usize>(&self, purpose: &str, now: Timestamp, plain: &[u8]) -> [u8; N] {
        self.deriving.derive(purpose, now, plain)
    }
}

/// How long the text is without its padding.
fn unpadded<const PADDED: usize>(plain: &[u8]) -> Option<usize> {
    let last = *plain.last()?;
    let padding = usize::from(last);
    let length = plain.len().checked_sub(padding)?;
    let is_padding = plain.get(length..)?.iter().all(|byte| *byte == last);
    let fits = (1..=PADDED).contains(&padding) && plain.len().is_multiple_of(PADDED);
    (is_padding && fits).then_some(length)
}

/// AES-256 in GCM mode, with nonces of 12 bytes. Wiped on drop.
#[cfg(feature = "aws-lc")]
#[derive(Clone)]
pub(crate) struct Gcm {
    cipher: Aes256Gcm,
    deriving: Deriving,
}

#[cfg(feature = "aws-lc")]
impl Gcm {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self { cipher: Aes256Gcm::new(key.into()), deriving: Deriving::new(key) }
    }

    /// The ciphertext ends with its tag, of 16 bytes.
    pub(crate) fn decrypt(&self, nonce: &[u8], data: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, Refusal> {
        let nonce: [u8; 12] = nonce.try_into().map_err(|_| Refusal::Undecryptable)?;
        let payload = Payload { msg: ciphertext, aad: data };
        self.cipher.decrypt(&Nonce::from(nonce), payload).map_err(|_| Refusal::Undecryptable)
    }

    /// `None` if the text is longer than GCM can encrypt.
    pub(crate) fn encrypt(&self, nonce: [u8; 12], data: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        self.cipher.encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: data }).ok()
    }

    /// What a sender would draw at random, up to 32 bytes.
    pub(crate) fn derive<const N: usize>(&self, purpose: &str, now: Timestamp, plain: &[u8]) -> [u8; N] {
        self.deriving.derive(purpose, now, plain)
    }
}

/// Makes what a sender would draw at random of what it sends, with the key, so that nobody else can: the same for the
/// same text at the same time, which tells no more than that, and different for every other.
#[derive(Clone)]
struct Deriving(Option<Hmac<Sha256>>);

impl Deriving {
    fn new(key: &[u8; 32]) -> Self {
        // HMAC takes keys of any length.
        Self(Hmac::new_from_slice(key).ok())
    }

    fn derive<const N: usize>(&self, purpose: &str, now: Timestamp, plain: &[u8]) -> [u8; N] {
        let Some(mut hmac) = self.0.clone() else { return [0; N] };
        hmac.update(purpose.as_bytes());
        hmac.update(&now.as_unix_millis().to_be_bytes());
        hmac.update(plain);
        let derived = hmac.finalize().into_bytes();
        std::array::from_fn(|index| derived.get(index).copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::Encoding;
    use sha2::Digest as _;

    /// The sample of Lark's documentation.
    #[test]
    fn a_published_ciphertext() -> Result<(), Refusal> {
        let cbc = Cbc::<16>::new(&Sha256::digest(b"test key").into());
        let text =
            Encoding::Base64.decode("P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=").unwrap_or_default();
        let (iv, ciphertext) = text.split_first_chunk().ok_or(Refusal::Undecryptable)?;
        assert_eq!(cbc.decrypt(iv, ciphertext)?, b"hello world");
        assert_eq!(cbc.encrypt(iv, b"hello world"), ciphertext);
        Ok(())
    }

    /// That of wechatpay-java 0.2.17, `AeadAesCipherTest`.
    #[cfg(feature = "aws-lc")]
    #[test]
    fn a_published_ciphertext_with_a_tag() {
        let gcm = Gcm::new(b"a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb");
        let text = Encoding::Base64.decode("ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI=").unwrap_or_default();
        assert_eq!(gcm.encrypt(*b"uluk4a9R25RW", b"associatedData", b"message").as_ref(), Some(&text));
        let decrypted = |nonce: &[u8], data: &[u8], text: &[u8]| gcm.decrypt(nonce, data, text);
        assert_eq!(decrypted(b"uluk4a9R25RW", b"associatedData", &text), Ok(b"message".to_vec()));
        for (nonce, data, text) in [
            (&b"bad-4a9R25RW"[..], &b"associatedData"[..], &*text),
            (b"uluk4a9R25RW", b"bad-associatedData", &text),
            (b"uluk4a9R25RW", b"", &text),
            (b"uluk4a9R25RW", b"associatedData", &[0; 128]),
            (b"uluk4a9R25RW", b"associatedData", b""),
            (b"uluk4a9R25R", b"associatedData", &text),
            (b"uluk4a9R25RWW", b"associatedData", &text),
            (b"", b"associatedData", &text),
        ] {
            assert_eq!(decrypted(nonce, data, text), Err(Refusal::Undecryptable));
        }
    }

    #[test]
    fn every_padding() {
        let cbc = Cbc::<32>::new(&[7; 32]);
        for length in 0..=96 {
            let plain = vec![b'x'; length];
            let ciphertext = cbc.encrypt(&[9; 16], &plain);
            assert_eq!(ciphertext.len(), (length / 32 + 1) * 32);
            assert_eq!(cbc.decrypt(&[9; 16], &ciphertext), Ok(plain));
        }
    }

    #[test]
    fn a_padding_that_is_none() {
        assert_eq!(unpadded::<16>(&[16; 16]), Some(0));
        assert_eq!(unpadded::<32>(&[32; 32]), Some(0));
        assert_eq!(unpadded::<16>(&[[9; 15].as_slice(), &[1]].concat()), Some(15));
        for wrong in
            [&[0; 16][..], &[17; 32], &[16; 8], &[2; 1], &[], &[[9; 13].as_slice(), &[1, 2, 3]].concat()]
        {
            assert_eq!(unpadded::<16>(wrong), None, "{wrong:?}");
        }
        assert_eq!(unpadded::<32>(&[16; 16]), None, "half a block");
    }

    #[test]
    fn what_is_derived() {
        let (one, other) = (Cbc::<16>::new(&[1; 32]), Cbc::<16>::new(&[2; 32]));
        let (now, later) = (Timestamp::from_unix(1), Timestamp::from_unix(2));
        let iv: [u8; 16] = one.derive("iv", now, b"text");
        assert_eq!(iv, one.derive("iv", now, b"text"));
        for differs in [
            other.derive("iv", now, b"text"),
            one.derive("nonce", now, b"text"),
            one.derive("iv", later, b"text"),
            one.derive("iv", now, b"texts"),
        ] {
            assert_ne!(iv, differs);
        }
    }
}
