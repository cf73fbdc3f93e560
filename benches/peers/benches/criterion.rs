//! Every side by itself, with criterion's statistics: `cargo bench --manifest-path benches/peers/Cargo.toml`.
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::time::Duration;
use tower_webhook_bench_peers::groups;

fn all(criterion: &mut Criterion) {
    for groups::Group { name, size, sides } in groups::all() {
        let mut group = criterion.benchmark_group(name);
        if let Some(size) = size {
            group.throughput(Throughput::Bytes(size as u64));
        }
        for (name, side) in sides {
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter_custom(|often| side.time(u32::try_from(often).unwrap_or(u32::MAX)));
            });
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = all
}
criterion_main!(benches);
