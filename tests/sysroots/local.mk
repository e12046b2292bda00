# Hosts as sysroots: recorded listings, read where they lie, and hosts of our own with goldens.
check_PROGRAMS += tests/sysroots/from-listing tests/sysroots/list-facts
SYSROOT_TESTS = tests/sysroots/check-diagnose.sh tests/sysroots/check-fixtures.sh tests/sysroots/check-samples.sh
TESTS += $(SYSROOT_TESTS)
dist_check_SCRIPTS += $(SYSROOT_TESTS)
EXTRA_DIST += \
	tests/sysroots/README.md \
	tests/sysroots/expected.tsv \
	tests/sysroots/fixtures

tests_sysroots_from_listing_SOURCES = \
	tests/sysroots/from-listing.c \
	tests/sysroots/listing.c tests/sysroots/listing.h \
	tests/sysroots/listing-forms.c \
	tests/sysroots/listing-more.c \
	tests/sysroots/listing-names.c \
	tests/sysroots/sysroot-write.c tests/sysroots/sysroot-write.h
tests_sysroots_from_listing_LDADD = $(GLIB_LIBS)

tests_sysroots_list_facts_SOURCES = tests/sysroots/list-facts.c
tests_sysroots_list_facts_LDADD = $(JANSSON_LIBS)
