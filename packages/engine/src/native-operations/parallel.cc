#include <sched.h>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>
#include "arithmetic.h"

namespace {

typedef void (*Task)(void* context, int index);

/** How often a thread looks again before it sleeps. */
constexpr int SPINS = 2000;

/** Threads of our own: TensorFlow's C API lends none. They wait, and end with the process. */
class Pool {
 public:
  Pool() {
    const char* named = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int wanted = named != nullptr ? std::atoi(named) : 0;
    cpu_set_t allowed;
    const bool known = sched_getaffinity(0, sizeof allowed, &allowed) == 0;
    size = wanted > 0 ? wanted : known ? CPU_COUNT(&allowed) : 1;
    for (int i = 1; i < size; i++) std::thread([this] { work(); }).detach();
  }

  int size;

  void run(int tasks, Task function, void* argument) {
    const std::unique_lock<std::mutex> ours(turn, std::try_to_lock);
    if (tasks < 2 || size < 2 || !ours) {
      for (int i = 0; i < tasks; i++) function(argument, i);
      return;
    }
    {
      const std::lock_guard<std::mutex> lock(mutex);
      task = function, context = argument, count = tasks, working = size - 1, next = 0;
      round++;
    }
    start.notify_all();
    drain();
    // The others mostly end soon.
    for (int i = 0; i < SPINS && working.load() > 0; i++) __builtin_ia32_pause();
    std::unique_lock<std::mutex> lock(mutex);
    finish.wait(lock, [&] { return working == 0; });
  }

 private:
  std::mutex turn, mutex;
  std::condition_variable start, finish;
  Task task = nullptr;
  void* context = nullptr;
  int count = 0;
  std::atomic<int> working{0};
  std::atomic<int> next{0};
  std::atomic<unsigned long> round{0};

  void drain() {
    for (int i; (i = next.fetch_add(1)) < count;) task(context, i);
  }

  void work() {
    for (unsigned long seen = 0;;) {
      // The next operation mostly comes soon.
      for (int i = 0; i < SPINS && round.load() == seen; i++) __builtin_ia32_pause();
      {
        std::unique_lock<std::mutex> lock(mutex);
        start.wait(lock, [&] { return round.load() != seen; });
        seen = round;
      }
      drain();
      const std::lock_guard<std::mutex> lock(mutex);
      if (--working == 0) finish.notify_one();
    }
  }
};

Pool& pool() {
  static Pool* const only = new Pool;
  return *only;
}

}  // namespace

int threads() { return pool().size; }

void parallel(int count, void (*task)(void* context, int index), void* context) { pool().run(count, task, context); }
