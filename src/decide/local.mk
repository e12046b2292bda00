# Layer 4: facts become findings and plans; sees neither the root nor libvirt nor the clock.
noinst_LIBRARIES += libvfg-decide.a
libvfg_decide_a_SOURCES = \
	src/decide/check.c src/decide/check.h src/decide/check-gpu.c \
	src/decide/check-memory.c src/decide/check-sizing.c \
	src/decide/gpu-find.c src/decide/gpu-find.h \
	src/decide/gpu-sizing.c src/decide/gpu-sizing.h \
	src/decide/harm.c src/decide/harm.h \
	src/decide/locality-choose.c src/decide/locality-choose.h \
	src/decide/plan-bind.c src/decide/plan-bind.h \
	src/decide/plan-persist.c src/decide/plan-persist.h \
	src/decide/plan-screen.c src/decide/plan-screen.h \
	src/decide/plan-vm.c src/decide/plan-vm.h \
	src/decide/sizing-virt.c src/decide/sizing-virt.h
libvfg_decide_a_CPPFLAGS = $(DECIDE_INCLUDES)
