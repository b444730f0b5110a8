// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An init that only powers off: what a boot costs without any work in it, and
 * the tiniest guest to find out whether /dev/kvm can boot one.
 */
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
	/* Run by mistake on a live machine it does nothing. */
	if (getpid() != 1)
		return 2;
	reboot(RB_POWER_OFF);
	reboot(RB_AUTOBOOT);
	return 2;
}
