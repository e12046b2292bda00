# Layer 7: the command; the only part that prints.
bin_PROGRAMS += vfiogpu
vfiogpu_SOURCES = \
	src/cli/cli.c src/cli/cli.h \
	src/cli/cmd-agent.c \
	src/cli/cmd-bind.c \
	src/cli/cmd-capture.c \
	src/cli/cmd-diagnose.c \
	src/cli/cmd-events.c \
	src/cli/cmd-health.c \
	src/cli/cmd-inventory.c \
	src/cli/cmd-run.c \
	src/cli/cmd-show.c \
	src/cli/cmd-status.c \
	src/cli/cmd-vms.c \
	src/cli/main.c
vfiogpu_CPPFLAGS = $(CLI_INCLUDES)
vfiogpu_LDADD = $(HOST_LIBS)

sbin_PROGRAMS += vfiogpud
vfiogpud_SOURCES = src/cli/cli.c src/cli/cli.h src/cli/vfiogpud.c
vfiogpud_CPPFLAGS = $(CLI_INCLUDES)
vfiogpud_LDADD = $(HOST_LIBS)
