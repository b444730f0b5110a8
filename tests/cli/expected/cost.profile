kernel    new  7.3.4 a9474700cd5b
counted   instructions executed on an emulated x86_64, run 1: a cost, not time

cow-reuse folio=64K size=16M
per page                             count
instructions (kernel)                46.03
atomic operations                     3.0
TLB invalidations                     0.0
barriers                              1.0
loads                                15.0
stores                                5.0
page faults                           1.0
system calls                          0.0
interrupts (a window)                 0.333
instructions (user)                   5.0
by the guest's own clock             51.14

kernel functions                    per op         share calls
  handle_mm_fault                    16.03         34.8% 1; atomics 2.0
  do_wp_page                         13.0          28.2% 1; atomics 1.0
  asm_exc_page_fault                 11.0          23.9% 1
  wp_page_reuse                       6.0          13.0% 1; barriers 1.0
  all kernel functions               46.03

functions of the program            per op         share calls
  touch_pages                         5.0         100.0% 1
  all of the program                  5.0

ran in between, in no figure above (instructions in each window that has it)
  irq asm_sysvec_apic_timer_interrupt
                                        20.0 in 2 of 6

windows   6 windows of 64 pages over 2 boots, 4 of them identical, 2 different in all. These vary:
          handle_mm_fault (16.0 to 16.09)
