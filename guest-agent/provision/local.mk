# The agent's provisioning: part of the agent's library, in a folder of its own.
libvfg_agent_a_SOURCES += \
	guest-agent/provision/act.c \
	guest-agent/provision/driver-choice.c guest-agent/provision/driver-choice.h \
	guest-agent/provision/engine.c guest-agent/provision/engine.h guest-agent/provision/engine-private.h \
	guest-agent/provision/lock-holder.c \
	guest-agent/provision/look.c \
	guest-agent/provision/look-clean.c \
	guest-agent/provision/look-driver.c \
	guest-agent/provision/openpgp.c guest-agent/provision/openpgp.h \
	guest-agent/provision/packager.c guest-agent/provision/packager.h \
	guest-agent/provision/plan.c guest-agent/provision/plan.h guest-agent/provision/plan-private.h \
	guest-agent/provision/plan-driver.c \
	guest-agent/provision/plan-other.c \
	guest-agent/provision/plan-print.c guest-agent/provision/plan-print.h \
	guest-agent/provision/plan-profiles.c \
	guest-agent/provision/plan-repository.c \
	guest-agent/provision/program.c guest-agent/provision/program.h \
	guest-agent/provision/provision.c guest-agent/provision/provision.h \
	guest-agent/provision/state.c guest-agent/provision/state.h \
	guest-agent/provision/step.c guest-agent/provision/step.h \
	guest-agent/provision/system.c guest-agent/provision/system.h

vfiogpu_agent_SOURCES += guest-agent/cmd-provision.c guest-agent/cmd-status.c
