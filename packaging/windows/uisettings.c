/* A stand-in for a part of Windows that Wine 8 lacks and without which Qt's windows platform ends at its start: the
 * colours that a user chose (Windows.UI.ViewManagement.UISettings). For prove.sh only; it is never shipped.
 *
 *   x86_64-w64-mingw32-gcc -shared -Os -o uisettings.dll uisettings.c
 *
 * Every object answers to every interface; every method but one does nothing and says that it went well, which leaves
 * the caller its zeros.
 */
#include <stdint.h>
#include <string.h>

typedef long (*method)(void);
struct object {
    const method *methods;
};

static long nothing(void) { return 0; }
static unsigned long counted(void) { return 2; }

/* IUISettings3, of which Qt asks the colours */
static const unsigned char COLOURS[16] = {0xE4, 0x1B, 0x02, 0x03, 0x54, 0x52, 0x81, 0x47,
                                          0x81, 0x94, 0x51, 0x68, 0xF7, 0xD0, 0x6D, 0x7B};
/* IMarshal, which would promise more than is here */
static const unsigned char MARSHAL[16] = {0x03, 0, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46};

static long ask(struct object *self, const unsigned char *what, struct object **answer);

static long colour(struct object *self, int which, unsigned char *argb) {
    (void)self;
    argb[0] = 0xFF;
    memset(argb + 1, which == 0 ? 0xFF : 0x00, 3); /* 0 is the ground */
    return 0;
}

static long activate(struct object *self, struct object **made);

#define COMMON(slot6)                                                                                              \
    {                                                                                                              \
        (method)ask, (method)counted, (method)counted, nothing, nothing, nothing, (method)slot6, nothing, nothing, \
            nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing,     \
            nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing      \
    }
static const method PLAIN[] = COMMON(nothing), COLOURED[] = COMMON(colour), FACTORY[] = COMMON(activate);
static struct object plain = {PLAIN}, coloured = {COLOURED}, factory = {FACTORY};

static long ask(struct object *self, const unsigned char *what, struct object **answer) {
    *answer = 0;
    if (!memcmp(what, MARSHAL, 16))
        return (long)0x80004002; /* E_NOINTERFACE */
    *answer = self == &factory ? &factory : memcmp(what, COLOURS, 16) ? &plain : &coloured;
    return 0;
}

static long activate(struct object *self, struct object **made) {
    (void)self;
    *made = &plain;
    return 0;
}

__declspec(dllexport) long DllGetActivationFactory(void *name, struct object **made) {
    (void)name;
    *made = &factory;
    return 0;
}
__declspec(dllexport) long DllCanUnloadNow(void) { return 1; }
