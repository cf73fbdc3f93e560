//! What carries a channel's messages.
use crate::providers::text_enum::text_enum;

text_enum! {
    /// What carries a channel's messages: six are on the reference's page, of which the OpenAPI export lacks `amb`.
    ChannelType {
        /// `blooio`
        Blooio = "blooio",
        /// `twilio`
        Twilio = "twilio",
        /// `whatsapp`
        Whatsapp = "whatsapp",
        /// `whatsapp_business`
        WhatsappBusiness = "whatsapp_business",
        /// `rcs_business`
        RcsBusiness = "rcs_business",
        /// `amb`
        Amb = "amb",
    }
}
