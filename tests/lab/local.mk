# The lab's files; tests/lab/virtual-gpu has a fragment of its own.
EXTRA_DIST += \
	tests/lab/.shellcheckrc \
	tests/lab/README.md \
	tests/lab/add-rmrr \
	tests/lab/arm-guest \
	tests/lab/check-summary \
	tests/lab/guest \
	tests/lab/guest-jobs \
	tests/lab/guest-lab \
	tests/lab/guest-os \
	tests/lab/host \
	tests/lab/jobs \
	tests/lab/lab \
	tests/lab/lib \
	tests/lab/packages.txt \
	tests/lab/vmdefs
