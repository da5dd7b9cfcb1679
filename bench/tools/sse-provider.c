// A provider of paced event streams, precise enough to measure fractions of a millisecond behind a gateway.
//
//   sse-provider FIRST_MS GAP_MS CHUNKS
//
// Prints its port on 127.0.0.1. Answers every POST with a chat completion of CHUNKS chunks: the first FIRST_MS after
// the request, the others GAP_MS apart, usage and [DONE] with the last. One thread, keep-alive.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_FD 8192
#define MAX_QUEUE 8192
#define MAX_REQUEST 65536
#define LISTENER UINT32_MAX
#define TIMER (UINT32_MAX - 1)

struct connection {
  char request[MAX_REQUEST];
  size_t length;
  int sent;
  unsigned life;
};

/* All delays of a queue are alike, so what goes in first is due first. */
struct queue {
  struct entry {
    int64_t due;
    int fd;
    unsigned life;
  } entries[MAX_QUEUE];
  unsigned head, tail;
};

static struct connection *connections[MAX_FD];
static struct queue firsts, gaps;
static int epoll, chunks;
static int64_t firstNs, gapNs;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void push(struct queue *queue, int64_t due, int fd) {
  if (queue->tail - queue->head == MAX_QUEUE) return;
  queue->entries[queue->tail++ % MAX_QUEUE] = (struct entry){due, fd, connections[fd]->life};
}

static void drop(int fd) {
  close(fd);
  connections[fd]->life++;
}

static int event(char *out, const char *json) {
  int length = snprintf(NULL, 0, "data: %s\n\n", json);
  return sprintf(out, "%x\r\ndata: %s\n\n\r\n", length, json);
}

#define CHUNK "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1764000000,\"model\":\"gpt-4o-mini\",\"choices\":[%s]%s}"

static void sendChunk(int fd) {
  struct connection *it = connections[fd];
  char out[8192], json[1024];
  int length = 0, last = it->sent == chunks - 1;
  if (it->sent == 0)
    length += sprintf(out, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n");
  snprintf(json, sizeof json, CHUNK,
           last ? "{\"index\":0,\"delta\":{\"content\":\" end\"},\"finish_reason\":\"stop\"}"
           : it->sent == 0 ? "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Once\"},\"finish_reason\":null}"
                           : "{\"index\":0,\"delta\":{\"content\":\" token\"},\"finish_reason\":null}", "");
  length += event(out + length, json);
  if (last) {
    snprintf(json, sizeof json, CHUNK, "", ",\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":20,\"total_tokens\":120}");
    length += event(out + length, json);
    length += event(out + length, "[DONE]");
    length += sprintf(out + length, "0\r\n\r\n");
  }
  // A reader so slow that a few hundred bytes do not fit is none of ours.
  if (write(fd, out, length) != length) {
    drop(fd);
    return;
  }
  it->sent++;
}

static struct queue *earliest(void) {
  if (firsts.head == firsts.tail) return gaps.head == gaps.tail ? NULL : &gaps;
  if (gaps.head == gaps.tail) return &firsts;
  return firsts.entries[firsts.head % MAX_QUEUE].due <= gaps.entries[gaps.head % MAX_QUEUE].due ? &firsts : &gaps;
}

/* In the order of their being due, which keeps both queues sorted. */
static void run(int64_t at) {
  for (struct queue *queue; (queue = earliest()) != NULL;) {
    struct entry entry = queue->entries[queue->head % MAX_QUEUE];
    if (entry.due > at) return;
    queue->head++;
    if (connections[entry.fd]->life != entry.life) continue;
    sendChunk(entry.fd);
    if (connections[entry.fd]->life == entry.life && connections[entry.fd]->sent < chunks)
      push(&gaps, entry.due + gapNs, entry.fd);
  }
}

static void onReadable(int fd) {
  struct connection *it = connections[fd];
  ssize_t got = read(fd, it->request + it->length, MAX_REQUEST - 1 - it->length);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    drop(fd);
    return;
  }
  it->length += got;
  it->request[it->length] = 0;
  char *end = strstr(it->request, "\r\n\r\n");
  if (end == NULL) return;
  char *header = strcasestr(it->request, "\r\ncontent-length:");
  size_t whole = (size_t)(end + 4 - it->request) + (header != NULL && header < end ? strtoul(header + 17, NULL, 10) : 0);
  if (it->length < whole) return;
  it->length = 0;
  it->sent = 0;
  push(&firsts, now() + firstNs, fd);
}

static void onConnection(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  if (fd < 0) return;
  if (fd >= MAX_FD) {
    close(fd);
    return;
  }
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connections[fd] == NULL) connections[fd] = calloc(1, sizeof *connections[fd]);
  connections[fd]->length = 0;
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = fd};
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int main(int argc, char **argv) {
  if (argc != 4) return fprintf(stderr, "sse-provider FIRST_MS GAP_MS CHUNKS\n"), 2;
  firstNs = (int64_t)(atof(argv[1]) * 1e6);
  gapNs = (int64_t)(atof(argv[2]) * 1e6);
  chunks = atoi(argv[3]);
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 1024) < 0) return perror("listen"), 1;
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("sse-provider listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);
  epoll = epoll_create1(0);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event listening = {.events = EPOLLIN, .data.u32 = LISTENER}, ticking = {.events = EPOLLIN, .data.u32 = TIMER};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &listening);
  epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &ticking);
  for (;;) {
    struct queue *queue = earliest();
    struct itimerspec spec = {0};
    if (queue != NULL) {
      int64_t wake = queue->entries[queue->head % MAX_QUEUE].due;
      spec.it_value = (struct timespec){wake / 1000000000LL, wake % 1000000000LL};
    }
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, NULL);
    struct epoll_event events[256];
    int count = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.u32 == LISTENER) onConnection(listener);
      else if (events[i].data.u32 != TIMER) onReadable(events[i].data.u32);
    }
    run(now());
  }
}
