/* A stand-in for a library of Windows that Wine 8 lacks: random bytes, which everything written in Rust asks it for.
 * For build.sh and prove.sh only; it lies in Wine's system folder, from which nothing is ever packed.
 *
 *   x86_64-w64-mingw32-gcc -shared -Os -o bcryptprimitives.dll bcryptprimitives.c -ladvapi32
 */
#include <stddef.h>

__declspec(dllimport) unsigned char SystemFunction036(void *buffer, unsigned long length); /* RtlGenRandom */

__declspec(dllexport) int ProcessPrng(unsigned char *buffer, size_t length) {
    while (length) {
        unsigned long now = length > 65536 ? 65536 : (unsigned long)length;
        if (!SystemFunction036(buffer, now))
            return 0;
        buffer += now;
        length -= now;
    }
    return 1;
}
