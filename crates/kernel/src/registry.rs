//! Modules and the registry: the rooms of the product, and everything they declare, checked once at start-up.

use crate::actor::{self, Caller};
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::event::{Event, Fact, Listen, Listener};
use crate::job::form::JobForm;
use crate::job::{Job, JobDef, Schedule};
use crate::problem::{Problem, Result};
use crate::resource::{Resource, ResourceDef, Scope, endpoints};
use crate::setting::SettingDef;
use crate::view::View;
use futures::future::BoxFuture;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A page that is not a resource's, for navigation and palette.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    pub name: &'static str,
    pub module: &'static str,
    pub group: &'static str,
    pub label: &'static str,
    pub icon: &'static str,
    pub path: &'static str,
    pub permission: &'static str,
}

type Build = Box<dyn FnOnce(&'static str) -> Result<ResourceDef> + Send>;

/// A room: a feature with its own crate, tables and pages.
pub struct Module {
    pub name: &'static str,
    pub label: &'static str,
    pub icon: &'static str,
    resources: Vec<Build>,
    endpoints: Vec<Endpoint>,
    pages: Vec<Page>,
    settings: Vec<SettingDef>,
    jobs: Vec<JobDef>,
    forms: Vec<JobForm>,
    schedules: Vec<Result<Schedule>>,
    listeners: Vec<Listener>,
    events: Vec<&'static str>,
    permissions: Vec<(&'static str, &'static str)>,
}

impl Module {
    /// `name` is the crate, the URL segment and the permission prefix of its pages.
    #[must_use]
    pub fn new(name: &'static str, label: &'static str, icon: &'static str) -> Self {
        Self {
            name,
            label,
            icon,
            resources: Vec::new(),
            endpoints: Vec::new(),
            pages: Vec::new(),
            settings: Vec::new(),
            jobs: Vec::new(),
            forms: Vec::new(),
            schedules: Vec::new(),
            listeners: Vec::new(),
            events: Vec::new(),
            permissions: Vec::new(),
        }
    }

    #[must_use]
    pub fn resource<T: DeserializeOwned + Send + 'static>(mut self, resource: Resource<T>) -> Self {
        self.resources.push(Box::new(move |module| resource.build(module)));
        self
    }

    /// A route of the room's own: streams, uploads, foreign protocols.
    #[must_use]
    pub fn route(mut self, mut endpoint: Endpoint) -> Self {
        endpoint.module = self.name;
        self.endpoints.push(endpoint);
        self
    }

    /// A typed read that is no plain list.
    #[must_use]
    pub fn view(self, view: View) -> Self {
        let endpoint = view.endpoint(self.name);
        self.route(endpoint)
    }

    #[must_use]
    pub fn page(mut self, page: Page) -> Self {
        self.pages.push(Page { module: self.name, ..page });
        self
    }

    #[must_use]
    pub fn setting(mut self, setting: SettingDef) -> Self {
        self.settings.push(SettingDef { module: self.name, ..setting });
        self
    }

    #[must_use]
    pub fn job<J: Job>(mut self) -> Self {
        self.jobs.push(JobDef::of::<J>());
        self.forms.push(JobForm::of::<J>());
        self
    }

    /// One that people may also begin by hand, with arguments that they give.
    #[must_use]
    pub fn job_by_hand<J: Job + JsonSchema>(mut self) -> Self {
        self.jobs.push(JobDef::of::<J>());
        self.forms.push(JobForm::by_hand::<J>());
        self
    }

    /// Work that comes round by the clock; the job must be declared too.
    #[must_use]
    pub fn schedule<J: Job>(self, name: &'static str, cron: &'static str, job: &J) -> Self {
        self.schedule_as(name, cron, job, |schedule| schedule)
    }

    /// The same in another zone, or by other rules for what is missed and what overlaps.
    #[must_use]
    pub fn schedule_as<J: Job>(mut self, name: &'static str, cron: &'static str, job: &J, how: impl FnOnce(Schedule) -> Schedule) -> Self {
        self.schedules.push(Schedule::new(name, cron, job).map(how));
        self
    }

    /// A fact this room states.
    #[must_use]
    pub fn event<E: Event>(mut self) -> Self {
        self.events.push(E::NAME);
        self
    }

    /// Wants to know of a fact (`*` for all). `name` is unique and keeps the place in the outbox.
    #[must_use]
    pub fn on<F, Fut>(mut self, name: &'static str, event: &'static str, listen: F) -> Self
    where
        F: Fn(Arc<App>, Fact) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let listen: Listen = Arc::new(move |app, fact| -> BoxFuture<'static, Result<()>> { Box::pin(listen(app, fact)) });
        self.listeners.push(Listener { name, event, listen });
        self
    }

    /// A permission beyond those of resources and actions, with what it allows.
    #[must_use]
    pub fn permission(mut self, name: &'static str, allows: &'static str) -> Self {
        self.permissions.push((name, allows));
        self
    }
}

/// One permission that exists, for the role editor and the sweeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PermissionDef {
    pub name: String,
    pub module: &'static str,
    pub allows: String,
    /// Where it applies: `[platform]`, or `[platform, organization]` when some route that needs it is open to both.
    pub scopes: &'static [Scope],
    /// Taken away by a level below `admin`.
    pub administrative: bool,
}

/// What a module is called.
#[derive(Clone, Debug, Serialize)]
pub struct ModuleDef {
    pub name: &'static str,
    pub label: &'static str,
    pub icon: &'static str,
}

/// Everything that is declared.
#[derive(Default)]
pub struct Registry {
    modules: Vec<ModuleDef>,
    resources: Vec<Arc<ResourceDef>>,
    endpoints: Vec<Endpoint>,
    pages: Vec<Page>,
    settings: Vec<SettingDef>,
    jobs: Vec<JobDef>,
    forms: Vec<JobForm>,
    schedules: Vec<Schedule>,
    listeners: Vec<Listener>,
    events: Vec<&'static str>,
    permissions: Vec<PermissionDef>,
}

impl Registry {
    /// Puts the rooms together and checks that what they declare fits.
    ///
    /// # Errors
    /// When two things have one name, or a noun lacks its words, its icon or its sample.
    pub fn new(modules: Vec<Module>) -> Result<Self> {
        let mut registry = Self::default();
        for module in modules {
            registry.add(module)?;
        }
        let open = |name: &str| registry.endpoints.iter().any(|e| e.scope == Scope::Organization && e.access.names(name));
        let both: Vec<bool> = registry.permissions.iter().map(|p| open(&p.name)).collect();
        for (permission, _) in registry.permissions.iter_mut().zip(both).filter(|(_, both)| *both) {
            permission.scopes = &[Scope::Platform, Scope::Organization];
        }
        registry.check()?;
        Ok(registry)
    }

    fn add(&mut self, module: Module) -> Result<()> {
        let name = module.name;
        self.modules.push(ModuleDef { name, label: module.label, icon: module.icon });
        let mut add = |permission: String, allows: String, administrative: bool| {
            if !self.permissions.iter().any(|p| p.name == permission) {
                self.permissions.push(PermissionDef { name: permission, module: name, allows, scopes: &[Scope::Platform], administrative });
            }
        };
        for (permission, allows) in module.permissions {
            add(permission.into(), allows.into(), true);
        }
        for build in module.resources {
            let def = Arc::new(build(name)?);
            add(def.permission("read"), format!("See {}", def.label.to_lowercase()), false);
            for action in &def.actions {
                add(action.permission.clone(), format!("{} {}", action.label, def.label.to_lowercase()), action.administrative);
            }
            self.endpoints.extend(endpoints::of(&def));
            self.resources.push(def);
        }
        self.endpoints.extend(module.endpoints);
        self.pages.extend(module.pages);
        self.settings.extend(module.settings);
        self.jobs.extend(module.jobs);
        self.forms.extend(module.forms);
        for schedule in module.schedules {
            self.schedules.push(schedule?);
        }
        self.listeners.extend(module.listeners);
        self.events.extend(module.events);
        Ok(())
    }

    fn check(&self) -> Result<()> {
        let unique = |what: &str, names: Vec<String>| {
            let mut seen = BTreeSet::new();
            names
                .into_iter()
                .find(|name| !seen.insert(name.clone()))
                .map_or(Ok(()), |twice| Err(Problem::internal(format!("the {what} {twice} is declared twice"))))
        };
        unique("module", self.modules.iter().map(|m| m.name.into()).collect())?;
        unique("resource", self.resources.iter().map(|r| r.name.into()).collect())?;
        unique("operation", self.endpoints.iter().map(|e| e.id.clone()).collect())?;
        unique("route", self.endpoints.iter().map(|e| format!("{} {}", e.method, e.path)).collect())?;
        unique("setting", self.settings.iter().map(|s| s.key.into()).collect())?;
        unique("job", self.jobs.iter().map(|j| j.kind.into()).collect())?;
        unique("schedule", self.schedules.iter().map(|s| s.name.into()).collect())?;
        unique("listener", self.listeners.iter().map(|l| l.name.into()).collect())?;
        for resource in &self.resources {
            let lacks = if resource.description.is_empty() || resource.icon.is_empty() {
                "a description and an icon: .describe(icon, text)"
            } else if resource.group.is_empty() {
                "a navigation group: .group(name)"
            } else if resource.sample.is_null() {
                "a sample: .sample(value)"
            } else if resource.field(resource.title_field).is_none() {
                "its title field: .title(field)"
            } else {
                continue;
            };
            return Err(Problem::internal(format!("the resource {} lacks {lacks}", resource.name)));
        }
        for endpoint in &self.endpoints {
            if let Access::Permission(name) = &endpoint.access
                && !self.permissions.iter().any(|p| p.name == *name)
            {
                return Err(Problem::internal(format!("{} needs the permission {name}, which nobody declares", endpoint.id)));
            }
        }
        for schedule in &self.schedules {
            if let Err(error) = schedule.cron.parse::<croner::Cron>() {
                return Err(Problem::internal(format!("the schedule {:?}: {error}", schedule.cron)));
            }
            if !self.jobs.iter().any(|job| job.kind == schedule.job.kind) {
                return Err(Problem::internal(format!(
                    "the schedule {} starts {}, which is not declared",
                    schedule.name, schedule.job.kind
                )));
            }
        }
        Ok(())
    }

    #[must_use]
    pub fn modules(&self) -> &[ModuleDef] {
        &self.modules
    }

    #[must_use]
    pub fn resources(&self) -> &[Arc<ResourceDef>] {
        &self.resources
    }

    #[must_use]
    pub fn resource(&self, name: &str) -> Option<&Arc<ResourceDef>> {
        self.resources.iter().find(|r| r.name == name)
    }

    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    #[must_use]
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    #[must_use]
    pub fn settings(&self) -> &[SettingDef] {
        &self.settings
    }

    #[must_use]
    pub fn jobs(&self) -> &[JobDef] {
        &self.jobs
    }

    /// What a kind takes; none for one that isn't declared any more.
    #[must_use]
    pub fn form(&self, kind: &str) -> Option<&JobForm> {
        self.forms.iter().find(|form| form.kind == kind)
    }

    #[must_use]
    pub fn schedules(&self) -> &[Schedule] {
        &self.schedules
    }

    #[must_use]
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    #[must_use]
    pub fn events(&self) -> &[&'static str] {
        &self.events
    }

    /// Every permission that can be granted.
    #[must_use]
    pub fn permissions(&self) -> &[PermissionDef] {
        &self.permissions
    }

    /// Like [`Caller::require`], for what is offered: who acts for an organization is offered nothing of the platform's.
    ///
    /// # Errors
    /// 403 naming the permission.
    pub fn require(&self, caller: &Caller, permission: &str) -> Result<()> {
        let needs = if caller.scope == actor::Scope::Platform { Scope::Platform } else { Scope::Organization };
        let applies = self.permissions.iter().any(|p| p.name == permission && p.scopes.contains(&needs));
        if applies { caller.require(permission) } else { Err(Problem::forbidden(permission)) }
    }
}
