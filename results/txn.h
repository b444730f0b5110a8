/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside results/ only: how the writer's calls share the store and its
 * transaction. Each is txn_enter(), work, txn_leave(); after a failed enter
 * the store is not locked.
 */
#ifndef FB_RESULTS_TXN_H
#define FB_RESULTS_TXN_H

#include "results/db.h"

/* Locks; returns what a commit in the background ran into, if it did. */
int txn_enter(struct store *s, struct error *e);
/* Opens the transaction if it is not open. */
int txn_begin(struct store *s, struct error *e);
/* Unlocks, after a commit if NOW or if it is time. RC, or what the commit returned. */
int txn_leave(struct store *s, int rc, bool now, struct error *e);

/* Boots whose records are coming in. NULL if there is none of that id. */
struct open_boot *boot_find(struct store *s, int64_t id);
void boot_add(struct store *s, int64_t id);
void boot_drop(struct store *s, int64_t id);

/* The windows of its samples (store_cost.c). WINDOW is a record's field, or NULL: no window. */
void boot_add_window(struct open_boot *b, json_t *window);
bool boot_has_window(const struct open_boot *b, uint32_t window);

#endif
