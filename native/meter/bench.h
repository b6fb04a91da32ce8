/* The shapes of work that meter-bench times: what one turn does, and how it is set up. */
#include <stddef.h>

struct shape {
	const char *name;
	void (*start)(void);
	void (*turn)(void);
	void (*stop)(void);
	/* How many units one turn does: the result is divided by it. */
	int calls;
	/* Turns after which things repeat (files met for the first time); 0: never. */
	int most;
};
extern const struct shape shapes[];
extern const size_t shape_count;

/* Where shapes keep their files; `program` is what exec runs where /proc does not say. */
void use_directory(const char *directory, const char *program);
void leave_directory(void);
/* Makes the files that shapes read. They are made outside of a sandbox, since most of what programs read is. */
void make_tree(const char *directory);
void die(const char *what) __attribute__((noreturn));
