//! Identity: who may come in and what they may do. Staff who administer the platform, the users of the platform that
//! is administered, organizations and memberships, roles, sessions, API keys.

mod acceptance;
mod accesses;
mod account;
mod authenticate;
mod cache;
mod ceremonies;
mod cookie;
mod device;
pub mod elevations;
mod email;
mod entry;
mod explain;
mod fact;
mod factors;
mod forgotten;
mod gate;
mod given;
mod hasher;
mod impersonation;
mod invitations;
mod jobs;
mod key_text;
mod keys;
mod kind;
mod letters;
mod limits;
mod link;
mod magic_link;
pub mod member;
mod memberships;
mod meter;
mod networks;
mod notices;
mod organizations;
mod own;
mod password;
mod permission;
mod policy;
pub mod recovery;
mod registration;
mod registration_codes;
mod restrictions;
mod role;
mod role_rules;
mod roles;
mod sealed;
mod sessions;
mod settings;
pub mod setup;
mod sign_in;
mod sso;
mod staff;
mod throttle;
mod typed_code;
mod user_imports;
mod user_invitations;
mod users;
mod verification;

pub use authenticate::Authenticator;
pub use hasher::Cost;
use kernel::secret::Token;
use kernel::{Authenticate, Client, Module, Page, Result};
pub use letters::letters;
pub use memberships::Level;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the room needs to know from outside.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Lets the first administrator be made from elsewhere than this machine; the host prints it.
    pub setup_token: Option<Token>,
    /// What hashing a password costs.
    pub hashing: Cost,
}

/// What sign-in and the authenticator share.
pub(crate) struct State {
    setup_token: Option<Vec<u8>>,
    hasher: hasher::Hasher,
    callers: cache::Cache,
    meter: meter::Meter,
    sso: sso::Directory,
    administered: AtomicBool,
}

impl State {
    /// Whether the first administrator was seen to exist, without asking the database.
    fn is_known_administered(&self) -> bool {
        self.administered.load(Ordering::Acquire)
    }

    /// Whether the first administrator exists. Once true it stays true, and is not asked again.
    async fn is_administered(&self, db: &Client) -> Result<bool> {
        if self.is_known_administered() {
            return Ok(true);
        }
        let any = account::store::any(db).await?;
        self.administered.store(any, Ordering::Release);
        Ok(any)
    }
}

/// The room: one per process, because the module and the authenticator share what is kept in memory.
pub struct Identity {
    state: Arc<State>,
}

impl Identity {
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            state: Arc::new(State {
                setup_token: config.setup_token.map(|token| token.hash()),
                hasher: hasher::Hasher::costing(config.hashing),
                callers: cache::Cache::default(),
                meter: meter::Meter::default(),
                sso: sso::Directory::default(),
                administered: AtomicBool::new(false),
            }),
        }
    }

    /// Who is asking, for the kernel.
    #[must_use]
    pub fn authenticator(&self) -> Arc<dyn Authenticate> {
        Arc::new(Authenticator { state: self.state.clone() })
    }

    /// The nouns, routes, settings and jobs.
    #[must_use]
    pub fn module(&self) -> Module {
        // The order is the order of the navigation.
        let mut module = Module::new("identity", "People", "users")
            .page(Page {
                name: "permissions",
                module: "",
                group: "people/roles",
                label: "Who can do what",
                icon: "circle-question",
                path: "/admin/permissions",
                permission: "roles:read",
            })
            .page(Page {
                name: "approvals",
                module: "",
                group: "people/elevations",
                label: "Approvals",
                icon: "stamp",
                path: "/admin/approvals",
                permission: "elevations:create",
            })
            .permission(roles::OF_STAFF, "Make and change roles of staff")
            .resource(users::resource())
            .resource(organizations::resource())
            .resource(staff::resource())
            .resource(roles::resource())
            .resource(invitations::resource())
            .resource(user_invitations::resource())
            .resource(registration_codes::resource())
            .resource(registration::resource())
            .resource(user_imports::resource())
            .page(user_imports::page())
            .permission(user_imports::PERMISSION, "Upload files of users to import")
            .route(user_imports::upload_endpoint())
            .route(user_imports::report_endpoint())
            .job::<user_imports::ImportUsers>()
            .event::<user_imports::UsersImported>()
            .resource(sso::provider::resource(&self.state))
            .resource(sso::identities::of_staff())
            .resource(sso::identities::of_users())
            .resource(sessions::of_staff())
            .resource(sessions::of_users())
            .resource(keys::resource())
            .resource(accesses::resource())
            .resource(restrictions::resource())
            .resource(restrictions::hours::resource())
            .view(restrictions::view())
            .page(restrictions::PAGE)
            .resource(memberships::resource())
            .resource(entry::sessions::resource())
            .resource(impersonation::resource())
            .resource(elevations::resource())
            .setting(elevations::setting())
            .route(elevations::waiting::endpoint())
            .view(explain::view())
            .view(limits::view())
            .route(setup::endpoint(&self.state))
            .route(verification::endpoint())
            .job::<forgotten::ForgottenPassword>()
            .job::<magic_link::MagicLink>()
            .job::<registration::RegistrationLetter>()
            .route(gate::endpoint())
            .job_by_hand::<jobs::Sweep>()
            .job::<jobs::EraseUser>()
            .schedule("identity.sweep", "41 * * * *", &jobs::Sweep {});
        module = events(module);
        for endpoint in invitations::endpoints(&self.state) {
            module = module.route(endpoint);
        }
        for endpoint in user_invitations::endpoints(&self.state) {
            module = module.route(endpoint);
        }
        for endpoint in sign_in::endpoints(&self.state) {
            module = module.route(endpoint);
        }
        for endpoint in sso::endpoints(&self.state) {
            module = module.route(endpoint);
        }
        module = module.setting(accesses::setting());
        for (name, event) in registration_codes::lapsed::HEARD {
            module = module.on(name, event, registration_codes::lapsed::look_again);
        }
        for endpoint in impersonation::endpoints() {
            module = module.route(endpoint);
        }
        for endpoint in own::endpoints(&self.state) {
            module = module.route(endpoint);
        }
        let beside = link::endpoints(&self.state).into_iter().chain(forgotten::endpoints()).chain(magic_link::endpoints());
        for endpoint in beside.chain(registration::endpoints(&self.state)).chain(own::email_change::endpoints()) {
            module = module.route(endpoint);
        }
        for setting in
            settings::all().into_iter().chain(registration::settings::settings()).chain(policy::settings()).chain(limits::settings())
        {
            module = module.setting(setting);
        }
        module
    }
}

fn events(module: Module) -> Module {
    module
        .event::<setup::PlatformSetUp>()
        .event::<link::PasswordReset>()
        .event::<staff::StaffInvited>()
        .event::<staff::StaffJoined>()
        .event::<staff::StaffRenamed>()
        .event::<staff::StaffRoleChanged>()
        .event::<staff::StaffSuspended>()
        .event::<staff::StaffActivated>()
        .event::<staff::StaffDeleted>()
        .event::<recovery::StaffRecovered>()
        .event::<restrictions::RestrictionCreated>()
        .event::<restrictions::RestrictionUpdated>()
        .event::<restrictions::RestrictionDeleted>()
        .event::<restrictions::hours::HoursCreated>()
        .event::<restrictions::hours::HoursUpdated>()
        .event::<restrictions::hours::HoursDeleted>()
        .event::<user_invitations::UserInvited>()
        .event::<user_invitations::UserJoined>()
        .event::<user_invitations::UserInvitationRevoked>()
        .event::<registration::UserRegistered>()
        .event::<registration::RegistrationCancelled>()
        .event::<registration_codes::RegistrationCodeCreated>()
        .event::<registration_codes::RegistrationCodeRevoked>()
        .event::<own::email_change::UserEmailChanged>()
        .event::<users::UserCreated>()
        .event::<users::UserUpdated>()
        .event::<users::UserSuspended>()
        .event::<users::UserActivated>()
        .event::<users::UserDeleted>()
        .event::<users::UserErased>()
        .event::<organizations::OrganizationCreated>()
        .event::<organizations::OrganizationUpdated>()
        .event::<organizations::OrganizationSuspended>()
        .event::<organizations::OrganizationActivated>()
        .event::<organizations::OrganizationHandedOver>()
        .event::<limits::OrganizationLimitsSet>()
        .event::<organizations::OrganizationDeleted>()
        .event::<memberships::MembershipCreated>()
        .event::<memberships::MembershipChanged>()
        .event::<memberships::MembershipSuspended>()
        .event::<memberships::MembershipActivated>()
        .event::<memberships::MembershipDeleted>()
        .event::<entry::sessions::MemberSessionRevoked>()
        .event::<entry::sessions::MemberSessionsRevoked>()
        .event::<elevations::ElevationRequested>()
        .event::<elevations::ElevationApproved>()
        .event::<elevations::ElevationGranted>()
        .event::<elevations::ElevationDenied>()
        .event::<elevations::ElevationEnded>()
        .event::<roles::RoleCreated>()
        .event::<roles::RoleUpdated>()
        .event::<roles::RoleDeleted>()
        .event::<invitations::InvitationRevoked>()
        .event::<role_rules::RoleRulesChanged>()
        .event::<sessions::UserSessionRevoked>()
        .event::<users::UserFactorsReset>()
        .event::<staff::StaffFactorsReset>()
        .event::<impersonation::ImpersonationStarted>()
        .event::<impersonation::ImpersonationEnded>()
        .event::<sso::provider::IdentityProviderCreated>()
        .event::<sso::provider::IdentityProviderUpdated>()
        .event::<sso::provider::IdentityProviderDeleted>()
        .event::<sso::identities::IdentityConnected>()
        .event::<sso::identities::IdentityDisconnected>()
        .event::<sessions::SessionRevoked>()
        .event::<sessions::SessionsRevoked>()
        .event::<keys::KeyCreated>()
        .event::<keys::KeyUpdated>()
        .event::<keys::KeyRotated>()
        .event::<keys::KeyRevoked>()
}

/// Every fixed statement of the room, for the test that prepares them against the real schema.
#[must_use]
pub fn statements() -> Vec<&'static str> {
    [
        accesses::store::STATEMENTS,
        account::store::STATEMENTS,
        authenticate::store::STATEMENTS,
        ceremonies::store::STATEMENTS,
        factors::store::STATEMENTS,
        factors::recovery::store::STATEMENTS,
        own::account_store::STATEMENTS,
        magic_link::store::STATEMENTS,
        own::email_change::store::STATEMENTS,
        own::sessions_store::STATEMENTS,
        own::organizations_store::STATEMENTS,
        notices::store::STATEMENTS,
        role_rules::store::STATEMENTS,
        elevations::granted::store::STATEMENTS,
        entry::store::STATEMENTS,
        elevations::store::STATEMENTS,
        explain::store::STATEMENTS,
        impersonation::store::STATEMENTS,
        impersonation::caller_store::STATEMENTS,
        impersonation::database_store::STATEMENTS,
        invitations::store::STATEMENTS,
        keys::store::STATEMENTS,
        limits::store::STATEMENTS,
        link::store::STATEMENTS,
        member::store::STATEMENTS,
        memberships::store::STATEMENTS,
        organizations::store::STATEMENTS,
        recovery::store::STATEMENTS,
        registration::store::STATEMENTS,
        registration_codes::store::STATEMENTS,
        restrictions::store::STATEMENTS,
        role::store::STATEMENTS,
        roles::store::STATEMENTS,
        sessions::store::STATEMENTS,
        sign_in::shown_store::STATEMENTS,
        sso::identities::store::STATEMENTS,
        sso::logout::store::STATEMENTS,
        sso::opened::store::STATEMENTS,
        sso::provider::store::STATEMENTS,
        sso::visit::store::STATEMENTS,
        staff::store::STATEMENTS,
        throttle::store::STATEMENTS,
        user_imports::store::STATEMENTS,
        user_invitations::store::STATEMENTS,
        users::store::STATEMENTS,
    ]
    .concat()
}
