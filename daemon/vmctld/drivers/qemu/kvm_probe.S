# The guest of kvm_probe.py: goes from real mode straight to long mode and does there what every
# kernel does, an atomic 16-byte exchange and a long stretch of plain instructions, then reports
# one byte on a port.  A KVM that emulates kernel-mode code fails at the first or drowns in the
# second.
#
#   as --64 -o kvm_probe.o kvm_probe.S
#   ld -Ttext=0x1000 --oformat=binary -o kvm_probe.bin kvm_probe.o
#
# kvm_probe.py holds the bytes; tests/unit/drivers/qemu/test_kvm.py assembles this file and
# compares.  The page tables at TABLES are laid out by kvm_probe.py.

        .equ    TABLES, 0x4000          # maps the first 2 MiB to themselves
        .equ    TURNS, 20000000         # some 10 ms on a processor, minutes in an emulator
        .equ    REPORT_PORT, 0x501
        .equ    WORKS, 0x4b             # 'K'
        .equ    WRONG, 0x58             # 'X'

        .equ    CR4_PAE, 1 << 5
        .equ    CR0_PE_PG, (1 << 0) | (1 << 31)
        .equ    MSR_EFER, 0xc0000080
        .equ    EFER_LME, 1 << 8

        .text
        .code16
        .globl  _start
_start:
        cli
        movl    $CR4_PAE, %eax
        movl    %eax, %cr4
        movl    $TABLES, %eax
        movl    %eax, %cr3
        movl    $MSR_EFER, %ecx
        rdmsr
        orl     $EFER_LME, %eax
        wrmsr
        lgdtl   descriptors
        movl    %cr0, %eax
        orl     $CR0_PE_PG, %eax
        movl    %eax, %cr0
        ljmpl   $(code64 - table), $long_mode

        .code64
long_mode:
        xorl    %eax, %eax              # expect 16 zero bytes, store 1 in them
        xorl    %edx, %edx
        movl    $1, %ebx
        xorl    %ecx, %ecx
        leaq    exchanged(%rip), %rdi
        lock cmpxchg16b (%rdi)
        jnz     wrong
        movl    $TURNS, %ecx
turn:   decl    %ecx
        jnz     turn
        movb    $WORKS, %al
        jmp     report
wrong:  movb    $WRONG, %al
report: movw    $REPORT_PORT, %dx
        outb    %al, %dx
stop:   hlt
        jmp     stop

        .balign 16
exchanged:
        .quad   0, 0
table:  .quad   0
code64: .quad   0x00209b0000000000      # present, code, readable, accessed; long
descriptors:
        .word   descriptors - table - 1
        .long   table
