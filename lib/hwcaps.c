/* SPDX-License-Identifier: MIT */
#include "hwcaps.h"

#include <gnu/libc-version.h>
#include <stdlib.h>
#include <sys/auxv.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif
#if defined(__x86_64__)
#include <stdatomic.h>
#if __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
#endif
#endif

/* The minor of glibc 2.N, which this process runs with; 0: it does not say. */
static unsigned long libc_minor(void)
{
    const char *version = gnu_get_libc_version();
    return version[0] == '2' && version[1] == '.' ? strtoul(version + 2, NULL, 10) : 0;
}

/* ---- the processor ---- */

/* What there was before glibc-hwcaps, each a subdirectory in any combination with the others. */
struct legacy {
    const char *names[2]; /* of bits of the processor, the lowest first */
    size_t count;
};

#if defined(__x86_64__)

#if defined(CPU_FEATURE_ACTIVE)
/* As x86_cpu_active, which shifts a bit into the sign. */
static bool is_active(unsigned feature)
{
    const struct cpuid_feature *leaf = __x86_get_cpuid_feature_leaf(feature / 128);
    return (leaf->active_array[feature % 128 / 32] >> feature % 32 & 1) != 0;
}
#define ACTIVE(name) is_active(x86_cpu_##name)
#elif defined(CPU_FEATURE_USABLE) /* glibc 2.33 */
#define ACTIVE(name) (CPU_FEATURE_USABLE(name) != 0)
#endif

/* Levels of the x86-64 psABI; as glibc says, so that GLIBC_TUNABLES counts. */
static unsigned isa_level(void)
{
#ifdef ACTIVE
    if (!(ACTIVE(CMPXCHG16B) && ACTIVE(LAHF64_SAHF64) && ACTIVE(POPCNT) && ACTIVE(SSE3) && ACTIVE(SSSE3) &&
          ACTIVE(SSE4_1) && ACTIVE(SSE4_2)))
        return 0;
    if (!(ACTIVE(AVX) && ACTIVE(AVX2) && ACTIVE(BMI1) && ACTIVE(BMI2) && ACTIVE(F16C) && ACTIVE(FMA) && ACTIVE(LZCNT) &&
          ACTIVE(MOVBE)))
        return 1;
    if (!(ACTIVE(AVX512F) && ACTIVE(AVX512BW) && ACTIVE(AVX512CD) && ACTIVE(AVX512DQ) && ACTIVE(AVX512VL)))
        return 2;
    return 3;
#else
    return 0; /* before glibc 2.33 it made no difference */
#endif
}

static void read_names(struct pm_hwcaps *hwcaps)
{
    static const char *const levels[] = {"x86-64-v4", "x86-64-v3", "x86-64-v2"};
    hwcaps->isa_level = isa_level();
    for (size_t i = 3 - hwcaps->isa_level; i < 3; i++)
        hwcaps->names[hwcaps->name_count++] = levels[i];
}

#ifdef ACTIVE
#define HAS(glibc_name, compiler_name) ACTIVE(glibc_name)
#else
#define HAS(glibc_name, compiler_name) (__builtin_cpu_supports(compiler_name) != 0)
#endif

/* Asked of the processor itself, once, since a virtual machine takes long to answer; GCC's __builtin_cpu_is would have
 * it asked that, and much more, whenever the library is loaded. */
static bool is_intel(void)
{
    enum { UNKNOWN, INTEL, ANOTHER };
    static atomic_int maker = UNKNOWN;
    unsigned ignored, b, c, d;
    if (atomic_load_explicit(&maker, memory_order_relaxed) == UNKNOWN) {
        bool is_known = __get_cpuid(0, &ignored, &b, &c, &d) != 0;
        bool is_its = is_known && b == signature_INTEL_ebx && c == signature_INTEL_ecx && d == signature_INTEL_edx;
        atomic_store_explicit(&maker, is_its ? INTEL : ANOTHER, memory_order_relaxed);
    }
    return atomic_load_explicit(&maker, memory_order_relaxed) == INTEL;
}

/* glibc has names of its own for some of Intel's processors (sysdeps/x86/cpu-features.c), whose bits in ld.so.cache are
 * those of sysdeps/x86/dl-hwcap.h. Those with AVX2, FMA and BMI2 have LZCNT and MOVBE too. */
static void read_platform(struct pm_hwcaps *hwcaps, struct legacy *legacy)
{
    hwcaps->legacy_hwcaps = 1 << 1;
    legacy->names[legacy->count++] = "x86_64";
    if (!is_intel())
        return;
    if (HAS(AVX512CD, "avx512cd") && HAS(AVX512ER, "avx512er") && HAS(AVX512PF, "avx512pf")) {
        hwcaps->platform = "xeon_phi";
        hwcaps->legacy_platform = UINT64_C(1) << 51;
        return;
    }
    if (HAS(AVX512CD, "avx512cd") && !HAS(AVX512ER, "avx512er") && HAS(AVX512BW, "avx512bw") &&
        HAS(AVX512DQ, "avx512dq") && HAS(AVX512VL, "avx512vl")) {
        hwcaps->legacy_hwcaps |= 1 << 2;
        legacy->names[legacy->count++] = "avx512_1";
    }
    if (HAS(AVX2, "avx2") && HAS(FMA, "fma") && HAS(BMI1, "bmi") && HAS(BMI2, "bmi2") && HAS(POPCNT, "popcnt")) {
        hwcaps->platform = "haswell";
        hwcaps->legacy_platform = UINT64_C(1) << 50;
    }
}

#elif defined(__s390x__)

static void read_names(struct pm_hwcaps *hwcaps)
{
    /* asm/elf.h: bits of vector facilities and guarded storage */
    const unsigned long bits = getauxval(AT_HWCAP), z13 = 1 << 11, z14 = 1 << 12 | 1 << 13 | 1 << 16,
                        z15 = 1 << 15 | 1 << 17;
    bool has_z13 = (bits & z13) == z13, has_z14 = has_z13 && (bits & z14) == z14;
    if (has_z14 && (bits & z15) == z15)
        hwcaps->names[hwcaps->name_count++] = "z15";
    if (has_z14)
        hwcaps->names[hwcaps->name_count++] = "z14";
    if (has_z13)
        hwcaps->names[hwcaps->name_count++] = "z13";
}

#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

static void read_names(struct pm_hwcaps *hwcaps)
{
    /* asm/cputable.h: ISA 3.00 with IEEE 128, ISA 3.1 with MMA */
    const unsigned long bits = getauxval(AT_HWCAP2), power9 = 0x00800000 | 0x00400000,
                        power10 = 0x00040000 | 0x00020000;
    bool has_power9 = (bits & power9) == power9;
    if (has_power9 && (bits & power10) == power10)
        hwcaps->names[hwcaps->name_count++] = "power10";
    if (has_power9)
        hwcaps->names[hwcaps->name_count++] = "power9";
}

#else

static void read_names(struct pm_hwcaps *hwcaps)
{
    (void)hwcaps;
}

#endif

#if !defined(__x86_64__)

static void read_platform(struct pm_hwcaps *hwcaps, struct legacy *legacy)
{
#if defined(__aarch64__)
    if ((getauxval(AT_HWCAP) & 1 << 8) != 0) {
        hwcaps->legacy_hwcaps = 1 << 8;
        legacy->names[legacy->count++] = "atomics";
    }
#elif defined(__i386__)
    unsigned ignored, features;
    hwcaps->platform = "i686";
    hwcaps->legacy_platform = UINT64_C(1) << 49;
    if (__get_cpuid(1, &ignored, &ignored, &ignored, &features) != 0 && (features & bit_SSE2) != 0) {
        hwcaps->legacy_hwcaps = 1 << 0;
        legacy->names[legacy->count++] = "sse2";
    }
#else
    (void)hwcaps;
    (void)legacy;
#endif
}

#endif

/* ---- subdirectories ---- */

/* Each combination, that of all first: "tls/haswell/x86_64", "tls/haswell", …, "x86_64". */
static void add_legacy(struct pm_hwcaps *hwcaps, const struct legacy *legacy, struct pm_arena *arena)
{
    const char *parts[4];
    size_t count = 0;
    for (size_t i = 0; i < legacy->count; i++)
        parts[count++] = legacy->names[i];
    if (hwcaps->platform != NULL)
        parts[count++] = hwcaps->platform;
    parts[count++] = "tls";
    for (size_t bits = ((size_t)1 << count) - 1; bits > 0; bits--) {
        const char *path = "";
        for (size_t i = count; i-- > 0;)
            if ((bits >> i & 1) != 0)
                path = pm_arena_join(arena, path, *path != '\0' ? "/" : "", parts[i], NULL);
        hwcaps->subdirectories[hwcaps->subdirectory_count++] = path;
    }
}

void pm_hwcaps_read(struct pm_arena *arena, struct pm_hwcaps *ret_hwcaps)
{
    const unsigned long minor = libc_minor();
    struct legacy legacy = {0};
    *ret_hwcaps = (struct pm_hwcaps){.platform = (const char *)getauxval(AT_PLATFORM)};
    if (minor >= 33)
        read_names(ret_hwcaps);
    for (size_t i = 0; i < ret_hwcaps->name_count; i++)
        ret_hwcaps->subdirectories[ret_hwcaps->subdirectory_count++] =
            pm_arena_join(arena, "glibc-hwcaps/", ret_hwcaps->names[i], NULL);
    read_platform(ret_hwcaps, &legacy);
    if (minor < 37 && minor > 0)
        add_legacy(ret_hwcaps, &legacy, arena);
}
