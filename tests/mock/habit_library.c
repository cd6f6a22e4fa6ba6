/* SPDX-License-Identifier: MIT */
/* A library of the mock plugins with habits: WITH_ANSWER defines what they call, WITH_NOBODY calls what nobody has,
 * WITH_SOMEBODY has what nobody has else. */
int habit_library_answer(void);
int habit_library_more(void);
int nobody_has_this_either(void);

#ifdef WITH_ANSWER
int habit_library_answer(void)
{
    return 42;
}
#endif

int habit_library_more(void)
{
#ifdef WITH_NOBODY
    return nobody_has_this_either();
#else
    return 1;
#endif
}

#ifdef WITH_SOMEBODY
int nobody_has_this(void);
int nobody_has_that(void);
extern int nobody_has_an_object;
int nobody_has_an_object = 1;

int nobody_has_this(void)
{
    return 1;
}

int nobody_has_that(void)
{
    return 2;
}
#endif
