# Layer 5: the host's end of the agent protocol; trusts nothing that comes from the guest.
noinst_LIBRARIES += libvfg-guest.a
libvfg_guest_a_SOURCES = \
	src/guest/guest-map.c src/guest/guest-map.h \
	src/guest/health.c src/guest/health.h \
	src/guest/seed-iso.c src/guest/seed-iso.h \
	src/guest/session.c src/guest/session.h \
	src/guest/store.c src/guest/store.h src/guest/store-private.h \
	src/guest/store-sql.c
libvfg_guest_a_CPPFLAGS = $(GUEST_INCLUDES)
libvfg_guest_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS) $(LIBARCHIVE_CFLAGS)

check_PROGRAMS += tests/unit/test-frame tests/unit/test-message tests/unit/test-session
TESTS += tests/unit/test-frame tests/unit/test-message tests/unit/test-session

tests_unit_test_frame_SOURCES = tests/unit/test-frame.c
tests_unit_test_frame_CPPFLAGS = $(MODEL_INCLUDES)
tests_unit_test_frame_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_frame_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_frame_LDADD = libvfg-model.a libvfg-base.a $(GLIB_LIBS) $(JANSSON_LIBS)

tests_unit_test_message_SOURCES = tests/unit/test-message.c
tests_unit_test_message_CPPFLAGS = $(MODEL_INCLUDES)
tests_unit_test_message_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_message_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_message_LDADD = libvfg-model.a libvfg-base.a $(GLIB_LIBS) $(JANSSON_LIBS)

tests_unit_test_session_SOURCES = tests/unit/test-session.c
tests_unit_test_session_CPPFLAGS = $(GUEST_INCLUDES)
tests_unit_test_session_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_session_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_session_LDADD = libvfg-guest.a libvfg-model.a libvfg-base.a \
	$(GLIB_LIBS) $(JANSSON_LIBS)

check_PROGRAMS += tests/unit/test-event
TESTS += tests/unit/test-event

tests_unit_test_event_SOURCES = tests/unit/test-event.c
tests_unit_test_event_CPPFLAGS = $(GUEST_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_event_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_event_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_event_LDADD = libvfg-guest.a libvfg-model.a libvfg-base.a \
	$(GLIB_LIBS) $(JANSSON_LIBS)

check_PROGRAMS += tests/unit/test-store
TESTS += tests/unit/test-store

tests_unit_test_store_SOURCES = tests/unit/test-store.c
tests_unit_test_store_CPPFLAGS = $(GUEST_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_store_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_store_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_store_LDADD = libvfg-guest.a $(BASE_TEST_LIBS) $(SQLITE_LIBS)

check_PROGRAMS += tests/unit/test-guest-map
TESTS += tests/unit/test-guest-map

tests_unit_test_guest_map_SOURCES = tests/unit/test-guest-map.c
tests_unit_test_guest_map_CPPFLAGS = $(GUEST_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_guest_map_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_guest_map_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_guest_map_LDADD = libvfg-guest.a $(BASE_TEST_LIBS)

check_PROGRAMS += tests/unit/test-health
TESTS += tests/unit/test-health

tests_unit_test_health_SOURCES = tests/unit/test-health.c
tests_unit_test_health_CPPFLAGS = $(GUEST_INCLUDES) -I$(srcdir)/src/know $(VFG_TEST_INCLUDES)
tests_unit_test_health_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_health_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_health_LDADD = libvfg-guest.a $(KNOW_TEST_LIBS) $(SQLITE_LIBS)

check_PROGRAMS += tests/unit/test-seed-iso
TESTS += tests/unit/test-seed-iso tests/unit/test-install.sh
dist_check_SCRIPTS += tests/unit/test-install.sh

tests_unit_test_seed_iso_SOURCES = tests/unit/test-seed-iso.c tests/unit/temp-tree.c tests/unit/temp-tree.h
tests_unit_test_seed_iso_CPPFLAGS = $(GUEST_INCLUDES)
tests_unit_test_seed_iso_CFLAGS = $(VFG_TEST_CFLAGS) $(LIBARCHIVE_CFLAGS)
tests_unit_test_seed_iso_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_seed_iso_LDADD = libvfg-guest.a $(BASE_TEST_LIBS) $(LIBARCHIVE_LIBS)
