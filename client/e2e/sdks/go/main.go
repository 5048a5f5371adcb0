// Drives the official Go SDK through a hub that runs alone: see ../../sdk-check.mjs, which says by
// the environment where the hub is and what signs tokens.
package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/centrifugal/centrifuge-go"
)

const (
	rounds        = 200
	subscriptions = 150
	within        = 10 * time.Second
)

var (
	url    = os.Getenv("HUB_SOCKET_URL")
	api    = os.Getenv("HUB_API_URL")
	key    = os.Getenv("HUB_API_KEY")
	secret = os.Getenv("HUB_SECRET")
)

type claims map[string]any

// token signs claims by HS256; without "exp" it is good for ten minutes.
func token(claims claims) string {
	if _, known := claims["exp"]; !known {
		claims["exp"] = time.Now().Add(10 * time.Minute).Unix()
	}
	claims["iat"] = time.Now().Unix()
	part := func(value any) string {
		text, _ := json.Marshal(value)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	text := part(map[string]string{"alg": "HS256", "typ": "JWT"}) + "." + part(claims)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func user(name string) *centrifuge.Client {
	return centrifuge.NewJsonClient(url, centrifuge.Config{
		GetToken: func(centrifuge.ConnectionTokenEvent) (string, error) {
			return token(claims{"sub": name}), nil
		},
	})
}

func connected(client *centrifuge.Client) error {
	if err := client.Connect(); err != nil {
		return err
	}
	return eventually("connected", func() bool { return client.State() == centrifuge.StateConnected })
}

func eventually(what string, holds func() bool) error {
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return nil
		}
	}
	return errors.New("not within 10 s: " + what)
}

// heard notes what a subscription brings.
type heard struct {
	sync.Mutex
	data    []string
	offsets []uint64
}

func (h *heard) follow(sub *centrifuge.Subscription) {
	sub.OnPublication(func(event centrifuge.PublicationEvent) {
		h.Lock()
		defer h.Unlock()
		h.data = append(h.data, string(event.Data))
		h.offsets = append(h.offsets, event.Offset)
	})
}

func (h *heard) count() int {
	h.Lock()
	defer h.Unlock()
	return len(h.data)
}

func listen(client *centrifuge.Client, channel string) (*centrifuge.Subscription, *heard, error) {
	sub, err := client.NewSubscription(channel)
	if err != nil {
		return nil, nil, err
	}
	all := &heard{}
	all.follow(sub)
	if err := sub.Subscribe(); err != nil {
		return nil, nil, err
	}
	return sub, all, eventually("subscribed", func() bool { return sub.State() == centrifuge.SubStateSubscribed })
}

func publishInOrder() error {
	client := user("anna")
	defer client.Close()
	if err := connected(client); err != nil {
		return err
	}
	sub, all, err := listen(client, "news:go-order")
	if err != nil {
		return err
	}
	for n := 0; n < rounds*10; n++ {
		ctx, cancel := context.WithTimeout(context.Background(), within)
		_, err := sub.Publish(ctx, fmt.Appendf(nil, "%d", n))
		cancel()
		if err != nil {
			return fmt.Errorf("publication %d: %w", n, err)
		}
	}
	if err := eventually("all are heard", func() bool { return all.count() == rounds*10 }); err != nil {
		return err
	}
	for n, data := range all.data {
		if data != fmt.Sprint(n) || all.offsets[n] != uint64(n)+1 {
			return fmt.Errorf("%s at %d came as number %d", data, all.offsets[n], n)
		}
	}
	return nil
}

func publishAtOnce() error {
	client := user("anna")
	defer client.Close()
	if err := connected(client); err != nil {
		return err
	}
	sub, all, err := listen(client, "news:go-at-once")
	if err != nil {
		return err
	}
	var failed atomic.Value
	for round := 0; round < rounds; round++ {
		var wait sync.WaitGroup
		for n := 0; n < 10; n++ {
			wait.Add(1)
			go func() {
				defer wait.Done()
				ctx, cancel := context.WithTimeout(context.Background(), within)
				defer cancel()
				if _, err := sub.Publish(ctx, fmt.Appendf(nil, "%d", round*10+n)); err != nil {
					failed.Store(err.Error())
				}
			}()
		}
		wait.Wait()
	}
	if text := failed.Load(); text != nil {
		return errors.New(text.(string))
	}
	if err := eventually("all are heard", func() bool { return all.count() == rounds*10 }); err != nil {
		return err
	}
	once := map[string]bool{}
	for n, data := range all.data {
		once[data] = true
		if all.offsets[n] != uint64(n)+1 {
			return fmt.Errorf("offset %d came as number %d", all.offsets[n], n)
		}
	}
	if len(once) != rounds*10 {
		return fmt.Errorf("%d different publications", len(once))
	}
	return nil
}

func changeOnesMind() error {
	client := user("anna")
	defer client.Close()
	if err := connected(client); err != nil {
		return err
	}
	for round := 0; round < rounds; round++ {
		sub, err := client.NewSubscription(fmt.Sprintf("news:go-mind-%d", round))
		if err != nil {
			return err
		}
		var refused atomic.Value
		sub.OnError(func(event centrifuge.SubscriptionErrorEvent) { refused.Store(event.Error.Error()) })
		for _, act := range []func() error{sub.Subscribe, sub.Unsubscribe, sub.Subscribe} {
			if err := act(); err != nil {
				return err
			}
		}
		err = eventually("subscribed", func() bool { return sub.State() == centrifuge.SubStateSubscribed })
		if text := refused.Load(); err != nil || text != nil {
			return fmt.Errorf("round %d: %v %v", round, err, text)
		}
		if err := errors.Join(sub.Unsubscribe(), client.RemoveSubscription(sub)); err != nil {
			return err
		}
	}
	return nil
}

func manyTokens() error {
	client := user("anna")
	defer client.Close()
	if err := connected(client); err != nil {
		return err
	}
	var subs []*centrifuge.Subscription
	// The last error or end of any of them: what a failure is explained with.
	var told atomic.Value
	for n := 0; n < subscriptions; n++ {
		sub, err := client.NewSubscription(fmt.Sprintf("room:go-%d", n), centrifuge.SubscriptionConfig{
			GetToken: func(event centrifuge.SubscriptionTokenEvent) (string, error) {
				padding := strings.Repeat("x", 390)
				long := token(claims{"sub": "anna", "channel": event.Channel, "info": padding})
				if len(long) < 700 {
					return "", fmt.Errorf("a token of %d bytes", len(long))
				}
				return long, nil
			},
		})
		if err != nil {
			return err
		}
		sub.OnError(func(event centrifuge.SubscriptionErrorEvent) { told.Store(event.Error.Error()) })
		sub.OnUnsubscribed(func(event centrifuge.UnsubscribedEvent) { told.Store(event.Reason) })
		subs = append(subs, sub)
		if err := sub.Subscribe(); err != nil {
			return err
		}
	}
	all := func() bool {
		for _, sub := range subs {
			if sub.State() != centrifuge.SubStateSubscribed {
				return false
			}
		}
		return true
	}
	if err := eventually("all are subscribed", all); err != nil {
		return fmt.Errorf("%w (%v)", err, told.Load())
	}
	// They come back in one frame.
	if err := client.Disconnect(); err != nil {
		return err
	}
	if err := connected(client); err != nil {
		return err
	}
	if err := eventually("all are subscribed again", all); err != nil {
		return fmt.Errorf("%w (%v)", err, told.Load())
	}
	return nil
}

func shortTokens() error {
	for left := 0; left <= 2; left++ {
		var asked atomic.Int64
		client := centrifuge.NewJsonClient(url, centrifuge.Config{
			GetToken: func(centrifuge.ConnectionTokenEvent) (string, error) {
				if asked.Add(1) == 1 {
					return token(claims{"sub": "anna", "exp": time.Now().Unix() + int64(left)}), nil
				}
				return token(claims{"sub": "anna"}), nil
			},
		})
		var ended atomic.Value
		client.OnDisconnected(func(event centrifuge.DisconnectedEvent) { ended.Store(event.Reason) })
		if err := connected(client); err != nil {
			return fmt.Errorf("%d s left: %w", left, err)
		}
		// Past the first token's end it is still there, by a second one.
		time.Sleep(3 * time.Second)
		if state := client.State(); state != centrifuge.StateConnected || ended.Load() != nil {
			return fmt.Errorf("%d s left: %s, %v", left, state, ended.Load())
		}
		if count := asked.Load(); count > 5 {
			return fmt.Errorf("%d s left: %d tokens were asked for", left, count)
		}
		client.Close()
	}
	return nil
}

func revoke() error {
	old := token(claims{"sub": "gopher"})
	time.Sleep(1100 * time.Millisecond)
	client := user("gopher")
	defer client.Close()
	var codes sync.Map
	client.OnConnecting(func(event centrifuge.ConnectingEvent) { codes.Store(event.Code, true) })
	if err := connected(client); err != nil {
		return err
	}
	request, _ := http.NewRequest(http.MethodPost, api+"/api/revoke", bytes.NewBufferString(`{"users": ["gopher"]}`))
	request.Header.Set("X-API-Key", key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	// A token of the same second was issued before; the SDK asks again until it has a newer one.
	err = eventually("it was told and came back by a new token", func() bool {
		_, told := codes.Load(uint32(3014))
		return told && client.State() == centrifuge.StateConnected
	})
	if err != nil {
		return err
	}
	thief := centrifuge.NewJsonClient(url, centrifuge.Config{Token: old})
	defer thief.Close()
	var code atomic.Uint32
	thief.OnDisconnected(func(event centrifuge.DisconnectedEvent) { code.Store(event.Code) })
	if err := thief.Connect(); err != nil {
		return err
	}
	return eventually("the old token is refused for good", func() bool { return code.Load() == 3500 })
}

func main() {
	failures := 0
	for _, part := range []struct {
		name string
		run  func() error
	}{
		{"ten publications in order, 200 times", publishInOrder},
		{"ten goroutines that publish at once, 200 times", publishAtOnce},
		{"subscribe, unsubscribe, subscribe, 200 times", changeOnesMind},
		{"150 subscriptions with tokens of 700 bytes", manyTokens},
		{"tokens with 0, 1 and 2 s left", shortTokens},
		{"revoke, with an old and a new token", revoke},
	} {
		begun := time.Now()
		if err := part.run(); err != nil {
			failures++
			fmt.Printf("FAILED   Go: %s: %v\n", part.name, err)
		} else {
			fmt.Printf("ok       Go: %s (%.1f s)\n", part.name, time.Since(begun).Seconds())
		}
	}
	if failures > 0 {
		os.Exit(1)
	}
}
