# Layer 5: runs plans; decides nothing.
noinst_LIBRARIES += libvfg-exec.a
libvfg_exec_a_SOURCES = \
	src/exec/child.c src/exec/child.h \
	src/exec/claim.c src/exec/claim.h \
	src/exec/journal.c src/exec/journal.h src/exec/journal-read.c \
	src/exec/journal-line.c src/exec/journal-line.h \
	src/exec/run.c src/exec/run.h \
	src/exec/screen.c src/exec/screen.h \
	src/exec/start-record.c src/exec/start-record.h \
	src/exec/sysfs.c src/exec/sysfs.h
libvfg_exec_a_CPPFLAGS = $(EXEC_INCLUDES)
