// vmalloc-address.c with the mistake one step earlier, where a master sees it.
#define TO_MAILBOX
#include "vmalloc-address.c"
