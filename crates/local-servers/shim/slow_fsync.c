/* A disk as slow as one wishes: preloaded into a server, makes every fsync and fdatasync last
 * JALON_SLOW_FSYNC_US microseconds more than it does. Nothing else changes; what was synced still is. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long delay_us;

__attribute__((constructor)) static void read_delay(void)
{
	const char *given = getenv("JALON_SLOW_FSYNC_US");
	delay_us = given ? strtol(given, NULL, 10) : 0;
}

static void wait_as_told(void)
{
	struct timespec left = {delay_us / 1000000, (delay_us % 1000000) * 1000};
	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

int fsync(int fd)
{
	wait_as_told();
	return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	wait_as_told();
	return (int)syscall(SYS_fdatasync, fd);
}
