-- Places that are taken beside one's own, so that two can be looked from at once: only requests that name one are answered in it.
alter table auth.impersonation_sessions drop constraint impersonation_sessions_surface_check,
  add constraint impersonation_sessions_surface_check check (surface in ('portal', 'database', 'comparison')),
  add constraint impersonation_sessions_comparison_check check (surface <> 'comparison' or read_only);
