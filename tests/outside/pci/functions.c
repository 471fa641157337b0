// SPDX-License-Identifier: BSD-3-Clause
/* functions.c - a program outside of padma's tree that links both libraries: the machine's PCI functions. */
#include <stdio.h>

#include <padma/error.h>
#include <padma/log.h>
#include <padma/pci.h>

int main(void)
{
	struct padma_pci_list list;

	if (padma_pci_list_get(NULL, &list)) {
		fprintf(stderr, "%s\n", padma_last_error());
		return 1;
	}
	for (size_t i = 0; i < list.count; i++)
		printf("%s %04x:%04x\n", list.functions[i].address, list.functions[i].vendor_id,
		       list.functions[i].device_id);
	printf("%zu functions\n", list.count);
	padma_pci_list_put(&list);
	return 0;
}
