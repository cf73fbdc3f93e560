//! The bare primitives, with a key that is ready.
use aes::cipher::{BlockModeDecrypt as _, InnerIvInit as _};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, ParsedPublicKey,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA512, RsaEncoding,
        RsaKeyPair, VerificationAlgorithm,
    },
};
use ed25519_dalek::Signer as _;
use hmac::{KeyInit, Mac, digest::Digest};
use std::hint::black_box;

type Primitive = Box<dyn Fn()>;

/// An HMAC's prepared state, cloned.
pub(crate) fn hmac<M: Mac + KeyInit + Clone + 'static>(text: Vec<u8>) -> Primitive {
    let key = <M as KeyInit>::new_from_slice(b"secret").unwrap();
    let mut signing = key.clone();
    signing.update(&text);
    let signature = signing.finalize().into_bytes();
    Box::new(move || {
        let mut mac = key.clone();
        mac.update(black_box(&text));
        assert!(mac.verify_slice(&signature).is_ok());
    })
}

/// A plain hash.
pub(crate) fn hash<D: Digest + 'static>(text: Vec<u8>) -> Primitive {
    let digest = D::digest(&text);
    Box::new(move || assert!(D::digest(black_box(&text)) == digest))
}

/// One after the other.
pub(crate) fn both(first: Primitive, second: Primitive) -> Primitive {
    Box::new(move || {
        first();
        second();
    })
}

/// Decryption of so many bytes.
pub(crate) fn aes_256_cbc(length: usize) -> Primitive {
    let cipher = aes::Aes256::new(&[7; 32].into());
    let blocks = vec![aes::Block::from([7; 16]); length / 16];
    Box::new(move || {
        let mut decryptor = cbc::Decryptor::inner_iv_init(cipher.clone(), &[7; 16].into());
        let mut blocks = black_box(blocks.clone());
        decryptor.decrypt_blocks(&mut blocks);
        black_box(blocks);
    })
}

pub(crate) fn ed25519(text: Vec<u8>) -> Primitive {
    let private = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let (public, signature) = (private.verifying_key(), private.sign(&text));
    Box::new(move || assert!(public.verify_strict(black_box(&text), &signature).is_ok()))
}

pub(crate) fn ecdsa_p256(text: Vec<u8>) -> Primitive {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
    let private = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).unwrap();
    let signature = private.sign(&random, &text).unwrap();
    verify(&ECDSA_P256_SHA256_ASN1, private.public_key().as_ref(), signature.as_ref(), text)
}

pub(crate) fn rsa_sha256(text: Vec<u8>) -> Primitive {
    rsa(&RSA_PKCS1_2048_8192_SHA256, &RSA_PKCS1_SHA256, text)
}

pub(crate) fn rsa_pss_sha512(text: Vec<u8>) -> Primitive {
    rsa(&RSA_PSS_2048_8192_SHA512, &RSA_PSS_SHA512, text)
}

fn rsa(
    algorithm: &'static dyn VerificationAlgorithm,
    padding: &'static dyn RsaEncoding,
    text: Vec<u8>,
) -> Primitive {
    let private = RsaKeyPair::from_pkcs8(&crate::recipes::rsa_pkcs8()).unwrap();
    let mut signature = vec![0; private.public_modulus_len()];
    private.sign(padding, &SystemRandom::new(), &text, &mut signature).unwrap();
    verify(algorithm, private.public_key().as_ref(), &signature, text)
}

fn verify(
    algorithm: &'static dyn VerificationAlgorithm,
    public: &[u8],
    signature: &[u8],
    text: Vec<u8>,
) -> Primitive {
    let public = ParsedPublicKey::new(algorithm, public).unwrap();
    let signature = signature.to_vec();
    Box::new(move || assert!(public.verify_sig(black_box(&text), &signature).is_ok()))
}
