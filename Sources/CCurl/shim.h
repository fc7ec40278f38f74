#include <curl/curl.h>

// Swift cannot call variadic C. One wrapper for each type that an option or an
// item of information takes; the parentheses keep libcurl's checking macros out.

static inline CURLcode curl_set_long(CURL *handle, CURLoption option, long value) {
  return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode curl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return (curl_easy_setopt)(handle, option, value);
}

typedef size_t (*curl_shim_data_callback)(char *, size_t, size_t, void *);
static inline CURLcode curl_set_data_callback(CURL *handle, CURLoption option,
                                              curl_shim_data_callback callback) {
  return (curl_easy_setopt)(handle, option, callback);
}

typedef int (*curl_shim_prereq_callback)(void *, char *, char *, int, int);
static inline CURLcode curl_set_prereq_callback(CURL *handle,
                                                curl_shim_prereq_callback callback) {
  return (curl_easy_setopt)(handle, CURLOPT_PREREQFUNCTION, callback);
}

static inline CURLcode curl_get_long(CURL *handle, CURLINFO info, long *value) {
  return (curl_easy_getinfo)(handle, info, value);
}
