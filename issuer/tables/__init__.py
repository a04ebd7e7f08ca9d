"""The rows. What must never happen is forbidden here too, in the database, and not only in the code above it.

An *award* is the decision; a *credential* is what is signed for it; its *renderings* are the exact signed bytes,
one per format, never serialized again. Status entries are rows of their own: one per credential and purpose, and
no two with the same index of a list.
"""

from issuer.tables.application_logos import ApplicationLogoRow
from issuer.tables.authorizations import (
    HeldCredentialRow,
    HolderProfileRow,
    OauthClientRow,
    OauthGrantRow,
    OauthRequestRow,
    OauthTokenRow,
)
from issuer.tables.connections import ConnectionRow
from issuer.tables.credentials import (
    AwardRow,
    CredentialRow,
    RenderingKeyRow,
    RenderingRow,
    StatusEntryRow,
    StatusEventRow,
    StatusListRow,
)
from issuer.tables.issuers import ApiTokenRow, IssuerRow, SigningKeyRow
from issuer.tables.jobs import BulkItemRow, BulkRow, LeaseRow
from issuer.tables.key_requests import KeyRequestRow, KeyRuleRow
from issuer.tables.link_secrets import LinkSecretRow
from issuer.tables.lti import LtiGradeRow, LtiKeyRow, LtiPlatformRow, LtiStartRow, LtiTicketRow
from issuer.tables.messages import MessageRow, NoticeRow
from issuer.tables.people import AssignmentRow, CreditRow, MembershipRow, MentorRow, PersonAddressRow, PersonRow
from issuer.tables.phone_passes import (
    PassDeviceRow,
    PassHouseRow,
    PassRegistrationRow,
    PassTellingRow,
    PhonePassRow,
)
from issuer.tables.program_drafts import ProgramDraftImageRow, ProgramDraftRow
from issuer.tables.programs import AchievementRow, EndorsementRow, LevelRow, ProgramRow
from issuer.tables.proposals import AssessmentRow, LearningEventRow, LearningSystemRow, ProposalRow
from issuer.tables.provisioning import GroupRow, ProvisionedPersonRow
from issuer.tables.sharing import CalendarFeedRow, ShareLinkRow, SharingRow
from issuer.tables.sign_in import (
    IdentityRow,
    OneTimeLinkRow,
    ProviderSignOutRow,
    RoleGrantRow,
    SessionRow,
    SignInRateRow,
    SignInStartRow,
)
from issuer.tables.table import Table
from issuer.tables.trail import AuditEventRow, AuditHeadRow
from issuer.tables.transparency import LogEntryRow, LogRow, LogTileRow
from issuer.tables.wall import ApplauseRow, WallChoiceRow
from issuer.tables.wallet_requests import WalletExchangeRow, WalletRequestRow
from issuer.tables.wallets import (
    WalletAuthorizationRow,
    WalletCopyRow,
    WalletGrantRow,
    WalletIssuanceRow,
    WalletKeyRow,
    WalletNonceRow,
    WalletOfferRow,
    WalletReplayRow,
)
from issuer.tables.webhooks import WebhookDeliveryRow, WebhookRow

__all__ = [
    "AchievementRow",
    "ApiTokenRow",
    "ApplauseRow",
    "ApplicationLogoRow",
    "AssessmentRow",
    "AssignmentRow",
    "AuditEventRow",
    "AuditHeadRow",
    "AwardRow",
    "BulkItemRow",
    "BulkRow",
    "CalendarFeedRow",
    "ConnectionRow",
    "CredentialRow",
    "CreditRow",
    "EndorsementRow",
    "GroupRow",
    "HeldCredentialRow",
    "HolderProfileRow",
    "IdentityRow",
    "IssuerRow",
    "KeyRequestRow",
    "KeyRuleRow",
    "LearningEventRow",
    "LearningSystemRow",
    "LeaseRow",
    "LevelRow",
    "LinkSecretRow",
    "LogEntryRow",
    "LogRow",
    "LogTileRow",
    "LtiGradeRow",
    "LtiKeyRow",
    "LtiPlatformRow",
    "LtiStartRow",
    "LtiTicketRow",
    "MembershipRow",
    "MentorRow",
    "MessageRow",
    "NoticeRow",
    "OauthClientRow",
    "OauthGrantRow",
    "OauthRequestRow",
    "OauthTokenRow",
    "OneTimeLinkRow",
    "PassDeviceRow",
    "PassHouseRow",
    "PassRegistrationRow",
    "PassTellingRow",
    "PersonAddressRow",
    "PersonRow",
    "PhonePassRow",
    "ProgramDraftImageRow",
    "ProgramDraftRow",
    "ProgramRow",
    "ProposalRow",
    "ProviderSignOutRow",
    "ProvisionedPersonRow",
    "RenderingKeyRow",
    "RenderingRow",
    "RoleGrantRow",
    "SessionRow",
    "ShareLinkRow",
    "SharingRow",
    "SignInRateRow",
    "SignInStartRow",
    "SigningKeyRow",
    "StatusEntryRow",
    "StatusEventRow",
    "StatusListRow",
    "Table",
    "WallChoiceRow",
    "WalletAuthorizationRow",
    "WalletCopyRow",
    "WalletExchangeRow",
    "WalletGrantRow",
    "WalletIssuanceRow",
    "WalletKeyRow",
    "WalletNonceRow",
    "WalletOfferRow",
    "WalletReplayRow",
    "WalletRequestRow",
    "WebhookDeliveryRow",
    "WebhookRow",
]
