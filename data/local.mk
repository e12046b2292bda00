# Knowledge that both sides have: the agent carries it in itself.
ERROR_FILES = \
	data/errors.d/amd.ini \
	data/errors.d/bar.ini \
	data/errors.d/devices.ini \
	data/errors.d/freebsd.ini \
	data/errors.d/iommu.ini \
	data/errors.d/modules.ini \
	data/errors.d/nouveau.ini \
	data/errors.d/nvidia-xid-rare.ini \
	data/errors.d/nvidia-xid.ini \
	data/errors.d/nvrm.ini \
	data/errors.d/other.ini \
	data/errors.d/pci.ini \
	data/errors.d/vfio.ini

GPU_FILES = data/gpus.d/amd.ini data/gpus.d/nvidia.ini

RECIPE_FILES = \
	data/recipes.d/cloud.ini \
	data/recipes.d/debian.ini \
	data/recipes.d/fedora.ini \
	data/recipes.d/freebsd.ini \
	data/recipes.d/other.ini \
	data/recipes.d/raspberry-pi.ini \
	data/recipes.d/rhel.ini \
	data/recipes.d/suse.ini \
	data/recipes.d/ubuntu.ini

# What the host loads at run time, from below pkgdatadir, and what the agent's seed carries beside the agent
# (docs/AGENT.md); @sbindir@ in that is for install.sh to fill in.
if BUILD_HOST
errorsdir = $(pkgdatadir)/errors.d
dist_errors_DATA = $(ERROR_FILES)
gpusdir = $(pkgdatadir)/gpus.d
dist_gpus_DATA = $(GPU_FILES)
recipesdir = $(pkgdatadir)/recipes.d
dist_recipes_DATA = $(RECIPE_FILES)
findingsdir = $(pkgdatadir)/findings.d
dist_findings_DATA = data/findings.d/gpu.ini data/findings.d/host.ini data/findings.d/vm.ini
quarantinedir = $(pkgdatadir)/quarantine.d
dist_quarantine_DATA = data/quarantine.d/nvidia.ini
vmdefsdir = $(pkgdatadir)/vmdefs
dist_vmdefs_DATA = vmdefs/d2l.xml vmdefs/vmdef.rng
dist_pkgdata_DATA = data/protocol.schema.json
agentdir = $(pkgdatadir)/agent
dist_agent_DATA = data/agent/install.sh data/agent/vfiogpu-agent.openrc data/agent/vfiogpu-agent.rc \
	data/agent/vfiogpu-agent.service
endif

# What the agent carries in itself (data/embed, guest-agent/builtin.h): its guest has no data folder of ours. Each list
# is sorted by name.
EMBEDDED_FILES = $(ERROR_FILES) $(GPU_FILES) $(RECIPE_FILES)
EXTRA_DIST += data/embed

systemddir = $(prefix)/lib/systemd/system
nodist_systemd_DATA =
if BUILD_HOST
nodist_systemd_DATA += data/vfiogpud.service
endif
if BUILD_AGENT
nodist_systemd_DATA += data/vfiogpu-agent.service
endif
CLEANFILES += data/vfiogpu-agent.service
data/vfiogpu-agent.service: $(srcdir)/data/agent/vfiogpu-agent.service Makefile
	$(AM_V_GEN)$(MKDIR_P) data && $(SED) 's|@sbindir[@]|$(sbindir)|' $(srcdir)/data/agent/vfiogpu-agent.service >$@
EXTRA_DIST += data/vfiogpud.service.in
CLEANFILES += data/vfiogpud.service
data/vfiogpud.service: $(srcdir)/data/vfiogpud.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) data && $(SED) 's|@sbindir[@]|$(sbindir)|' $(srcdir)/data/vfiogpud.service.in >$@
